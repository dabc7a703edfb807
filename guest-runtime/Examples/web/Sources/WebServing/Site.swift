// SPDX-License-Identifier: Apache-2.0

import ByteText

/// The files that are served, by the paths of requests.
public struct Site: Sendable {
  /// What is at a path.
  enum Place: Equatable {
    case file(TarArchive.File)
    case status
    /// A folder that was asked for without the `/` at its end; where it is.
    case folder([UInt8])
    case nothing
    /// The path has an escape that is none, or leads out of the site.
    case badPath
  }

  private let archive: TarArchive

  public init(_ archive: TarArchive) { self.archive = archive }

  /// What is at a path, which has its escapes still.
  func place(at path: [UInt8]) -> Place {
    guard let parts = Self.parts(of: path) else { return .badPath }
    var name: [UInt8] = []
    for part in parts {
      if !name.isEmpty { name.append(0x2F) }
      name += part
    }
    // A part with a slash in it is no part of any file's path.
    guard !parts.contains(where: { $0.contains(0x2F) }) else { return .nothing }
    let index = name + (name.isEmpty ? [] : [0x2F]) + [UInt8](text: "index.html")
    if Self.meansFolder(path) {
      return archive.file(at: index).map { .file($0) } ?? .nothing
    }
    if let file = archive.file(at: name) { return .file(file) }
    if name.isText("status") { return .status }
    guard archive.file(at: index) != nil else { return .nothing }
    return .folder(Self.escaped(parts))
  }

  /// Whether a path ends with `/`, or a `.` or `..` behind it.
  private static func meansFolder(_ path: [UInt8]) -> Bool {
    let last = path.suffix(while: { $0 != 0x2F })
    return last.isEmpty || last.isText(".") || last.isText("..")
  }

  /// The parts of a path, decoded, without `.` and `..`; nil if there is an escape that is none, a NUL, or more
  /// `..` than parts before.
  private static func parts(of path: [UInt8]) -> [[UInt8]]? {
    var parts: [[UInt8]] = []
    for raw in path[...].split(separator: 0x2F) {
      guard let part = decoded(raw) else { return nil }
      if part.isText(".") { continue }
      if part.isText("..") {
        guard parts.popLast() != nil else { return nil }
      } else {
        parts.append(part)
      }
    }
    return parts
  }

  private static func decoded(_ raw: ArraySlice<UInt8>) -> [UInt8]? {
    var result: [UInt8] = []
    var place = raw.startIndex
    while place < raw.endIndex {
      var byte = raw[place]
      if byte == 0x25 {
        guard raw.endIndex - place > 2, let high = ASCII.hexadecimalValue(raw[place + 1]),
          let low = ASCII.hexadecimalValue(raw[place + 2]), high | low != 0
        else { return nil }
        byte = high << 4 | low
        place += 2
      }
      result.append(byte)
      place += 1
    }
    return result
  }

  /// A path with a `/` at each end, never two at the beginning, which would name another host.
  private static func escaped(_ parts: [[UInt8]]) -> [UInt8] {
    var result: [UInt8] = [0x2F]
    for part in parts {
      for byte in part {
        if ASCII.isLetter(byte) || ASCII.isDigit(byte) || byte == 0x2D || byte == 0x2E
          || byte == 0x5F
          || byte == 0x7E
        {
          result.append(byte)
        } else {
          result.append(0x25)
          if byte < 16 { result.append(48) }
          result.append(hexadecimal: UInt64(byte))
        }
      }
      result.append(0x2F)
    }
    return result
  }
}

extension [UInt8] {
  fileprivate func suffix(while isPart: (UInt8) -> Bool) -> ArraySlice<UInt8> {
    var start = endIndex
    while start > 0, isPart(self[start - 1]) { start -= 1 }
    return self[start...]
  }
}

extension TarArchive.File {
  /// What changes when the file does. Source: RFC 9110, 8.8.3.
  var entityTag: [UInt8] {
    var tag: [UInt8] = [0x22]
    tag.append(hexadecimal: time)
    tag.append(0x2D)
    tag.append(hexadecimal: UInt64(range.count))
    tag.append(0x22)
    return tag
  }

  /// By the end of its name.
  var contentType: StaticString {
    let name = path[(path.lastIndex(of: 0x2F).map { $0 + 1 } ?? 0)...]
    guard let dot = name.lastIndex(of: 0x2E) else { return "application/octet-stream" }
    let ending = name[(dot + 1)...]
    for (known, type) in Self.types where ending.isTextIgnoringCase(known) { return type }
    return "application/octet-stream"
  }

  private static let types: [(StaticString, StaticString)] =
    [
      ("html", "text/html; charset=utf-8"), ("htm", "text/html; charset=utf-8"),
      ("css", "text/css; charset=utf-8"), ("js", "text/javascript; charset=utf-8"),
      ("mjs", "text/javascript; charset=utf-8"), ("json", "application/json"),
      ("txt", "text/plain; charset=utf-8"), ("md", "text/markdown; charset=utf-8"),
      ("xml", "application/xml"), ("svg", "image/svg+xml"), ("png", "image/png"),
      ("jpg", "image/jpeg"), ("jpeg", "image/jpeg"), ("gif", "image/gif"), ("webp", "image/webp"),
      ("avif", "image/avif"), ("ico", "image/vnd.microsoft.icon"), ("pdf", "application/pdf"),
      ("wasm", "application/wasm"), ("woff2", "font/woff2"), ("woff", "font/woff"),
      ("mp4", "video/mp4"), ("mp3", "audio/mpeg"), ("zip", "application/zip"),
      ("gz", "application/gzip"), ("tar", "application/x-tar"),
    ]
}
