// SPDX-License-Identifier: Apache-2.0

/// Writes ELF images field by field, so that a test can make any one of them wrong.
///
/// Layout: ELF header, program headers, notes at 0x200, code at 0x1000, data at 0x2000, sections.
struct ELFWriter: Sendable {
  var isWide = true
  var type: UInt64 = 2
  var machine: UInt64 = 62
  var notes: [TestNote] = [.pvhEntry(0x10_0010)]
  var segments: [TestSegment] = [
    TestSegment(
      type: 4, flags: 4, offset: 0x200, address: 0, fileSize: 20, memorySize: 20, alignment: 4),
    TestSegment(
      flags: 5, offset: 0x1000, address: 0x10_0000, fileSize: 0x1000, memorySize: 0x1000),
    TestSegment(
      flags: 6, offset: 0x2000, address: 0x10_1000, fileSize: 0x100, memorySize: 0x3000),
  ]
  var sections: [TestSection] = []
  var symbols: [TestSymbol]?

  static var wide: ELFWriter { ELFWriter() }
  static var narrow: ELFWriter { ELFWriter(isWide: false, machine: 3) }
  static var both: [ELFWriter] { [wide, narrow] }

  var headerSize: Int { isWide ? 64 : 52 }
  var programHeaderSize: Int { isWide ? 56 : 32 }
  var sectionHeaderSize: Int { isWide ? 64 : 40 }

  /// The file with everything in its place.
  func write() -> ByteWriter {
    var tables = sections
    var file = ByteWriter(isWide: isWide)
    file.append(count: 0x2100)
    if let symbols { tables += symbolSections(symbols, at: file.bytes.count) }
    for section in tables {
      file.bytes += [UInt8](repeating: 0, count: max(0, section.offset - file.bytes.count))
      file.bytes += section.content
    }
    let sectionOffset = tables.isEmpty ? 0 : file.bytes.count
    writeHeader(to: &file, sectionOffset: sectionOffset, sections: tables.count)
    for (index, segment) in segments.enumerated() {
      file.put(segment, at: headerSize + index * programHeaderSize)
    }
    file.replace(at: 0x200, with: notes.flatMap(\.bytes))
    if !tables.isEmpty {
      file.append(count: sectionHeaderSize)
      for section in tables { file.append(section) }
    }
    return file
  }

  private func writeHeader(to file: inout ByteWriter, sectionOffset: Int, sections: Int) {
    file.replace(at: 0, with: [0x7f, 0x45, 0x4c, 0x46, isWide ? 2 : 1, 1, 1])
    file.put(type, width: 2, at: 16)
    file.put(machine, width: 2, at: 18)
    file.put(1, width: 4, at: 20)
    let word = isWide ? 8 : 4
    file.put(0x10_0000, width: word, at: 24)
    file.put(UInt64(headerSize), width: word, at: 24 + word)
    file.put(UInt64(sectionOffset), width: word, at: 24 + 2 * word)
    let tail = 24 + 3 * word + 4
    let entries = sections == 0 ? 0 : sections + 1
    let numbers = [
      headerSize, programHeaderSize, segments.count, sectionHeaderSize, entries, 0,
    ]
    for (index, number) in numbers.enumerated() {
      file.put(UInt64(number), width: 2, at: tail + 2 * index)
    }
  }
}
