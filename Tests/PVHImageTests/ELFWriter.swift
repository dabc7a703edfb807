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

/// A program header to write; PT_LOAD unless said otherwise.
struct TestSegment: Sendable {
  var type: UInt64 = 1
  var flags: UInt64
  var offset: UInt64
  var address: UInt64
  /// The same as the physical address unless said otherwise.
  var virtualAddress: UInt64?
  var fileSize: UInt64
  var memorySize: UInt64
  var alignment: UInt64 = 0x1000
}

/// A note to write, padded to 4 bytes like Xen expects it.
struct TestNote: Sendable {
  var owner: [UInt8] = Array("Xen".utf8) + [0]
  /// What the header says; the owner's length unless said otherwise.
  var ownerSize: UInt32?
  var type: UInt32
  var descriptor: [UInt8]
  /// What the header says; the descriptor's length unless said otherwise.
  var descriptorSize: UInt32?

  static func pvhEntry(_ address: UInt64, size: Int = 4) -> TestNote {
    TestNote(type: 18, descriptor: littleEndian(address, size))
  }

  static func string(_ type: UInt32, _ text: String) -> TestNote {
    TestNote(type: type, descriptor: Array(text.utf8) + [0])
  }

  static var buildID: TestNote {
    TestNote(owner: Array("GNU".utf8) + [0], type: 3, descriptor: [1, 2, 3, 4, 5])
  }

  var bytes: [UInt8] {
    let sizes = [
      ownerSize ?? UInt32(owner.count), descriptorSize ?? UInt32(descriptor.count), type,
    ]
    return sizes.flatMap { littleEndian(UInt64($0), 4) } + padded(owner) + padded(descriptor)
  }

  private func padded(_ bytes: [UInt8]) -> [UInt8] {
    bytes + [UInt8](repeating: 0, count: -bytes.count & 3)
  }
}

/// The lowest `count` bytes of a number, and zeros beyond its eighth.
func littleEndian(_ number: UInt64, _ count: Int) -> [UInt8] {
  (0..<count).map { $0 < 8 ? UInt8(truncatingIfNeeded: number >> (8 * UInt64($0))) : 0 }
}

/// A section header to write, and the section's bytes.
struct TestSection: Sendable {
  var type: UInt64
  var offset: Int
  var content: [UInt8] = []
  /// What the header says; the content's length unless said otherwise.
  var size: UInt64?
  var link: UInt64 = 0
  var entrySize: UInt64 = 0

  /// A section of type SHT_NOTE.
  static func notes(_ notes: [TestNote], at offset: Int) -> TestSection {
    TestSection(type: 7, offset: offset, content: notes.flatMap(\.bytes))
  }
}

/// A symbol to write.
struct TestSymbol: Sendable {
  var name: String
  var value: UInt64
  /// Binding in the high half (1 global, 2 weak), type in the low half (2 function).
  var info: UInt8 = 0x12
  /// 0 is undefined.
  var section: UInt64 = 1

  static var entry: TestSymbol { TestSymbol(name: "pvh_start", value: 0x10_0010) }
  static func undefined(_ name: String, info: UInt8 = 0x10) -> TestSymbol {
    TestSymbol(name: name, value: 0, info: info, section: 0)
  }
}

extension ELFWriter {
  /// A symbol table and its strings, the last two sections of the file.
  func symbolSections(_ symbols: [TestSymbol], at start: Int) -> [TestSection] {
    let base = max(start, sections.map { $0.offset + $0.content.count }.max() ?? 0)
    var strings: [UInt8] = [0]
    var table = ByteWriter(isWide: isWide)
    table.append(count: isWide ? 24 : 16)
    for symbol in symbols {
      table.append(symbol, name: UInt64(strings.count))
      strings += Array(symbol.name.utf8) + [0]
    }
    let tableOffset = (base + 7) & ~7
    return [
      TestSection(
        type: 2, offset: tableOffset, content: table.bytes, link: UInt64(sections.count + 2),
        entrySize: isWide ? 24 : 16),
      TestSection(type: 3, offset: tableOffset + table.bytes.count, content: strings),
    ]
  }
}
