// SPDX-License-Identifier: Apache-2.0

import SystemPackage

/// Reads a tar stream (ustar with GNU long names, as dpkg writes it) entry by entry.
struct TarReader: ~Copyable {
  /// One entry; its content must be taken by `contents` or is skipped by `next`.
  struct Entry: Equatable {
    enum Kind: Equatable {
      case file
      case symbolicLink(to: String)
      case hardLink(to: String)
      case other
    }
    /// Path without a leading `./` or `/`.
    var path: String
    var kind: Kind
    var size: Int
  }

  private let name: String
  private let fill: (UnsafeMutableRawBufferPointer) throws(LabError) -> Int
  private var buffer: [UInt8]
  private var start = 0
  private var end = 0
  /// Bytes of the stream before `start`, for error messages.
  private var offset = 0
  /// Content and padding of the current entry that nobody has read yet.
  private var unread = 0
  private var padding = 0

  /// Starts a stream that `fill` reads; it gives 0 at the end.
  init(
    name: String, bufferSize: Int = 1 << 18,
    fill: @escaping (UnsafeMutableRawBufferPointer) throws(LabError) -> Int
  ) {
    self.name = name
    self.fill = fill
    buffer = [UInt8](repeating: 0, count: bufferSize)
  }

  /// The next entry, or nil at the end of the archive.
  mutating func next() throws(LabError) -> Entry? {
    var longName: String?
    var longTarget: String?
    while true {
      try skip()
      let at = offset
      let header = try take(512)
      guard header.count == 512 else {
        if header.isEmpty { return nil }
        throw .malformedFile(name: name, offset: at, what: "the tar stream ends in a header")
      }
      if header.allSatisfy({ $0 == 0 }) { return nil }
      guard header[257..<262].elementsEqual("ustar".utf8), let size = octal(header[124..<136])
      else { throw .malformedFile(name: name, offset: at, what: "not a tar header") }
      unread = size
      padding = (512 - size % 512) % 512
      switch header[156] {
      case UInt8(ascii: "L"): longName = text(try contents()[...])
      case UInt8(ascii: "K"): longTarget = text(try contents()[...])
      case let type:
        let isUstar = header[262] == 0
        let prefix = isUstar ? text(header[345..<500]) : ""
        let short = (prefix.isEmpty ? "" : prefix + "/") + text(header[0..<100])
        let target = longTarget ?? text(header[157..<257])
        return Entry(
          path: PackageFiles.normalized(longName ?? short), kind: kind(type, target), size: size)
      }
    }
  }

  /// The content of the current entry.
  mutating func contents() throws(LabError) -> [UInt8] {
    let count = unread
    let result = try take(count)
    unread -= result.count
    guard result.count == count else {
      throw .malformedFile(name: name, offset: offset, what: "the tar stream ends in a file")
    }
    return result
  }

  private func kind(_ type: UInt8, _ target: String) -> Entry.Kind {
    switch type {
    case UInt8(ascii: "0"), 0: .file
    case UInt8(ascii: "1"): .hardLink(to: PackageFiles.normalized(target))
    case UInt8(ascii: "2"): .symbolicLink(to: target)
    default: .other
    }
  }

  private mutating func skip() throws(LabError) {
    var count = unread + padding
    while count > 0 {
      if start == end, try !refill() { return }
      let step = min(count, end - start)
      start += step
      offset += step
      count -= step
    }
    unread = 0
    padding = 0
  }

  private mutating func take(_ count: Int) throws(LabError) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(count)
    while result.count < count {
      if start == end, try !refill() { break }
      let step = min(count - result.count, end - start)
      result += buffer[start..<start + step]
      start += step
      offset += step
    }
    return result
  }

  private mutating func refill() throws(LabError) -> Bool {
    start = 0
    end = 0
    var failure: LabError?
    let count = buffer.withUnsafeMutableBytes { bytes in
      do throws(LabError) { return try fill(bytes) } catch {
        failure = error
        return 0
      }
    }
    if let failure { throw failure }
    end = count
    return count > 0
  }

  private func text(_ field: ArraySlice<UInt8>) -> String {
    String(decoding: field.prefix { $0 != 0 }, as: UTF8.self)
  }

  private func octal(_ field: ArraySlice<UInt8>) -> Int? {
    let digits = text(field).filter { $0 != " " }
    return digits.isEmpty ? 0 : Int(digits, radix: 8).flatMap { $0 >= 0 ? $0 : nil }
  }
}
