// SPDX-License-Identifier: Apache-2.0

/// As much of a 64-bit little-endian ELF file as the image builder asks about.
struct ElfFile {
  private let bytes: [UInt8]
  private let name: String

  /// Nil if the bytes are no such file (a script, for example).
  init?(_ bytes: [UInt8], name: String) {
    guard bytes.count >= 64, bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46, 2, 1]) else { return nil }
    self.bytes = bytes
    self.name = name
  }

  /// Names of the libraries that the loader must find (DT_NEEDED).
  func neededLibraries() throws(LabError) -> [String] {
    let segments = try table(at: 32, entrySize: 54, count: 56)
    var dynamic: Int?
    for segment in segments where try word32(segment) == 2 { dynamic = segment }
    guard let dynamic else { return [] }
    let start = try offset(dynamic + 8)
    let size = try offset(dynamic + 32)
    var names: [Int] = []
    var stringTable: Int?
    for at in stride(from: start, to: start + size, by: 16) {
      let tag = try word64(at)
      if tag == 0 { break }
      if tag == 1 { names.append(try offset(at + 8)) }
      if tag == 5 { stringTable = try fileOffset(ofAddress: try word64(at + 8), in: segments) }
    }
    guard let stringTable else { return [] }
    return try names.map { (name) throws(LabError) in try string(at: stringTable + name) }
  }

  /// Content of a section.
  func section(_ wanted: String) throws(LabError) -> ArraySlice<UInt8>? {
    let headers = try table(at: 40, entrySize: 58, count: 60)
    let index = Int(try word16(62))
    guard headers.indices.contains(index) else { return nil }
    let names = try offset(headers[index] + 24)
    for header in headers where try string(at: names + Int(try word32(header))) == wanted {
      let start = try offset(header + 24)
      return try slice(start, try offset(header + 32))
    }
    return nil
  }

  private func fileOffset(
    ofAddress address: UInt64, in segments: [Int]
  ) throws(LabError) -> Int? {
    for segment in segments where try word32(segment) == 1 {
      let start = try word64(segment + 16)
      if address >= start, address - start < (try word64(segment + 32)) {
        return try offset(segment + 8) + Int(address - start)
      }
    }
    return nil
  }

  private func table(at field: Int, entrySize: Int, count: Int) throws(LabError) -> [Int] {
    let start = try offset(field)
    let size = Int(try word16(entrySize))
    return (0..<Int(try word16(count))).map { start + $0 * size }
  }

  private func string(at start: Int) throws(LabError) -> String {
    guard start >= 0, start < bytes.count, let end = bytes[start...].firstIndex(of: 0) else {
      throw .malformedFile(name: name, offset: start, what: "no string in the ELF file")
    }
    return String(decoding: bytes[start..<end], as: UTF8.self)
  }

  /// A 64-bit field that is used as a file offset or size: it cannot exceed the file.
  private func offset(_ at: Int) throws(LabError) -> Int {
    let value = try word64(at)
    guard value <= UInt64(bytes.count) else {
      throw .malformedFile(name: name, offset: at, what: "the ELF file points past its end")
    }
    return Int(value)
  }

  private func word16(_ at: Int) throws(LabError) -> UInt16 { UInt16(try number(at, 2)) }
  private func word32(_ at: Int) throws(LabError) -> UInt32 { UInt32(try number(at, 4)) }
  private func word64(_ at: Int) throws(LabError) -> UInt64 { try number(at, 8) }

  private func number(_ at: Int, _ count: Int) throws(LabError) -> UInt64 {
    try slice(at, count).reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  private func slice(_ start: Int, _ count: Int) throws(LabError) -> ArraySlice<UInt8> {
    guard start >= 0, count >= 0, start <= bytes.count, count <= bytes.count - start else {
      throw .malformedFile(name: name, offset: start, what: "the ELF file is cut off")
    }
    return bytes[start..<start + count]
  }
}
