// SPDX-License-Identifier: Apache-2.0

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
