// SPDX-License-Identifier: Apache-2.0

import ByteText

/// The files of a tar archive: where in it they are. Their content is not looked at.
///
/// Source of the format: POSIX.1-2017, `pax`: "ustar Interchange Format" and "pax Header Block"; names of more
/// than 100 bytes as GNU tar writes them are known, too.
public struct TarArchive: Sendable {
  /// One file.
  public struct File: Equatable, Sendable {
    /// Without `./` or `/` at the beginning.
    public let path: [UInt8]
    /// Where its content is.
    public let range: Range<Int>
    /// When it was changed, in seconds since 1970.
    public let time: UInt64
  }

  /// Why bytes are no archive.
  public struct Failure: Error, Equatable, Sendable {
    public enum Reason: Equatable, Sendable {
      /// The block is cut off.
      case truncated
      /// The block has another checksum than it says.
      case badChecksum
      /// The header has a size or time that is no number.
      case badNumber
      /// The content of the file goes beyond the end.
      case contentBeyondEnd
      /// The pax header has a record that is none.
      case badRecord
      /// The file has an empty name, or one that leads out of the archive.
      case badName
      /// There are more files than there may be.
      case tooManyFiles
    }

    public let reason: Reason
    /// Where in the archive: the block's first byte.
    public let offset: Int

    init(_ reason: Reason, at offset: Int) { (self.reason, self.offset) = (reason, offset) }

    /// What there is, to go on after "at 512".
    public var text: StaticString {
      switch reason {
      case .truncated: "a block is cut off"
      case .badChecksum: "a header has a wrong checksum"
      case .badNumber: "a header has a size or time that is no number"
      case .contentBeyondEnd: "a file is longer than the rest of the archive"
      case .badRecord: "a pax header has a bad record"
      case .badName: "a file has no name, or one with .. in it"
      case .tooManyFiles: "there are more files than can be served"
      }
    }
  }

  /// Ordered by their paths. Of several with the same path, the last one of the archive.
  public private(set) var files: [File] = []

  private static let blockSize = 512

  /// What the headers before a file's own say of it.
  private struct Attributes {
    var path: [UInt8]?
    var size: Int?
    var time: UInt64?
  }

  /// Reads the headers of all files, of which there may be `limit`.
  public init<Bytes: RandomAccessCollection<UInt8>>(
    _ bytes: Bytes, limit: Int = 4096
  ) throws(Failure) where Bytes.Index == Int {
    precondition(bytes.startIndex == 0)
    var attributes = Attributes()
    var place = 0
    while place < bytes.count {
      guard bytes.count - place >= Self.blockSize else { throw Failure(.truncated, at: place) }
      let header = Array(bytes[place..<place + Self.blockSize])
      // Two blocks of zeros are the end; some archives have only one.
      if header.allSatisfy({ $0 == 0 }) { break }
      try Self.checkSum(header, at: place)
      let kind = header[156]
      guard let announced = Self.number(header[124..<136]) else {
        throw Failure(.badNumber, at: place)
      }
      let isMeta = kind == 0x78 || kind == 0x67 || kind == 0x4C || kind == 0x4B
      let size = isMeta ? announced : attributes.size ?? announced
      let start = place + Self.blockSize
      guard size <= bytes.count - start else { throw Failure(.contentBeyondEnd, at: place) }
      switch kind {
      case 0x78: try Self.readRecords(Array(bytes[start..<start + size]), place, &attributes)
      case 0x4C: attributes.path = Array(bytes[start..<start + size].prefix { $0 != 0 })
      case 0x67, 0x4B: break
      case 0, 0x30, 0x37:
        let raw = attributes.path ?? Self.name(in: header)
        guard let path = Self.normalized(raw) else { throw Failure(.badName, at: place) }
        guard let time = attributes.time ?? Self.number(header[136..<148]).map({ UInt64($0) })
        else { throw Failure(.badNumber, at: place) }
        guard files.count < limit else { throw Failure(.tooManyFiles, at: place) }
        files.append(File(path: path, range: start..<start + size, time: time))
        attributes = Attributes()
      default:
        // Folders, links and devices are not served.
        attributes = Attributes()
      }
      place = start + (size + Self.blockSize - 1) / Self.blockSize * Self.blockSize
    }
    sort()
  }

  /// The file with a path; nil if there is none.
  public func file(at path: [UInt8]) -> File? {
    let place = position(of: path)
    return place < files.count && files[place].path == path ? files[place] : nil
  }

  private func position(of path: [UInt8]) -> Int {
    var (low, high) = (0, files.count)
    while low < high {
      let middle = (low + high) / 2
      if files[middle].path.lexicographicallyPrecedes(path) {
        low = middle + 1
      } else {
        high = middle
      }
    }
    return low
  }

  private mutating func sort() {
    let all = files
    files = []
    files.reserveCapacity(all.count)
    for file in all {
      let place = position(of: file.path)
      if place < files.count, files[place].path == file.path {
        files[place] = file
      } else {
        files.insert(file, at: place)
      }
    }
  }

  // MARK: A header

  /// The checksum is of all bytes, with spaces in place of itself.
  private static func checkSum(_ header: [UInt8], at place: Int) throws(Failure) {
    var sum = 0
    for (offset, byte) in header.enumerated() {
      sum += (148..<156).contains(offset) ? 32 : Int(byte)
    }
    guard number(header[148..<156]) == sum else { throw Failure(.badChecksum, at: place) }
  }

  /// An octal number that ends with a space or NUL, or one of GNU's in binary; nil if it is none, or has no
  /// place in an `Int` of 48 bits.
  private static func number(_ field: ArraySlice<UInt8>) -> Int? {
    var value = 0
    if field.first == 0x80 {
      for byte in field.dropFirst() {
        value = value << 8 | Int(byte)
        guard value < 1 << 48 else { return nil }
      }
      return value
    }
    let digits = field.drop { $0 == 32 }.prefix { $0 != 32 && $0 != 0 }
    for digit in digits {
      guard digit &- 48 < 8 else { return nil }
      value = value << 3 | Int(digit - 48)
      guard value < 1 << 48 else { return nil }
    }
    return value
  }

  private static func name(in header: [UInt8]) -> [UInt8] {
    let name = header[0..<100].prefix { $0 != 0 }
    let prefix = header[345..<500].prefix { $0 != 0 }
    // GNU's own format has other things in the place of the prefix: its version has a space.
    guard header[257..<263].elementsEqual([0x75, 0x73, 0x74, 0x61, 0x72, 0]), !prefix.isEmpty
    else { return Array(name) }
    return prefix + [0x2F] + name
  }

  /// Without empty and `.` parts; nil if there is nothing else, or a `..`.
  private static func normalized(_ path: [UInt8]) -> [UInt8]? {
    var result: [UInt8] = []
    for part in path[...].split(separator: 0x2F) {
      if part.isText("..") { return nil }
      if part.isText(".") { continue }
      if !result.isEmpty { result.append(0x2F) }
      result += part
    }
    return result.isEmpty ? nil : result
  }

  /// Records are `LENGTH KEY=VALUE\n`, and the length is that of all of it.
  private static func readRecords(
    _ bytes: [UInt8], _ place: Int, _ attributes: inout Attributes
  ) throws(Failure) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let digits = rest.prefix { ASCII.isDigit($0) }
      guard digits.count < 8, let length = digits.decimalValue.map({ Int($0) }),
        length >= digits.count + 4, length <= rest.count,
        rest[digits.endIndex] == 32, rest[rest.startIndex + length - 1] == 10
      else { throw Failure(.badRecord, at: place) }
      let record = rest[digits.endIndex + 1..<rest.startIndex + length - 1]
      guard let equals = record.firstIndex(of: 0x3D) else { throw Failure(.badRecord, at: place) }
      let (key, value) = (record[..<equals], record[(equals + 1)...])
      if key.isText("path") { attributes.path = Array(value) }
      if key.isText("size") {
        guard let size = value.decimalValue, size < 1 << 48 else {
          throw Failure(.badRecord, at: place)
        }
        attributes.size = Int(size)
      }
      if key.isText("mtime") {
        // Parts of a second are of no use here, nor is a time before 1970.
        guard let time = value.prefix(while: { $0 != 0x2E }).decimalValue, time < 1 << 48 else {
          throw Failure(.badRecord, at: place)
        }
        attributes.time = time
      }
      rest = rest.dropFirst(length)
    }
  }
}
