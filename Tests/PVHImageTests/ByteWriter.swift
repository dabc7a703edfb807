// SPDX-License-Identifier: Apache-2.0

/// Bytes of an ELF file, written in the width of its class.
struct ByteWriter: Sendable {
  let isWide: Bool
  var bytes: [UInt8] = []

  init(isWide: Bool) { self.isWide = isWide }

  mutating func append(count: Int) { bytes += [UInt8](repeating: 0, count: count) }

  mutating func replace(at offset: Int, with new: [UInt8]) {
    bytes.replaceSubrange(offset..<offset + new.count, with: new)
  }

  mutating func put(_ number: UInt64, width: Int, at offset: Int) {
    replace(at: offset, with: littleEndian(number, width))
  }

  mutating func put(_ segment: TestSegment, at offset: Int) {
    let virtual = segment.virtualAddress ?? segment.address
    put(segment.type, width: 4, at: offset)
    let words = [segment.offset, virtual, segment.address, segment.fileSize, segment.memorySize]
    if isWide {
      put(segment.flags, width: 4, at: offset + 4)
      for (index, word) in (words + [segment.alignment]).enumerated() {
        put(word, width: 8, at: offset + 8 + 8 * index)
      }
    } else {
      for (index, word) in (words + [segment.flags, segment.alignment]).enumerated() {
        put(word, width: 4, at: offset + 4 + 4 * index)
      }
    }
  }

  mutating func append(_ section: TestSection) {
    let size = section.size ?? UInt64(section.content.count)
    let word = isWide ? 8 : 4
    bytes += littleEndian(0, 4) + littleEndian(section.type, 4) + littleEndian(0, 2 * word)
    bytes += littleEndian(UInt64(section.offset), word) + littleEndian(size, word)
    bytes += littleEndian(section.link, 4) + littleEndian(1, 4) + littleEndian(1, word)
    bytes += littleEndian(section.entrySize, word)
  }

  mutating func append(_ symbol: TestSymbol, name: UInt64) {
    let kind = [symbol.info, 0] + littleEndian(symbol.section, 2)
    bytes += littleEndian(name, 4)
    if isWide {
      bytes += kind + littleEndian(symbol.value, 8) + littleEndian(0, 8)
    } else {
      bytes += littleEndian(symbol.value, 4) + littleEndian(0, 4) + kind
    }
  }
}

/// A place in a file where a header keeps a number.
struct HeaderField {
  let offset: Int
  let width: Int
}

extension ByteWriter {
  /// Every field of the ELF header behind its magic, and of each program and section header and of
  /// each note header.
  func fields(of writer: ELFWriter) -> [HeaderField] {
    let word = isWide ? 8 : 4
    let file = [1, 1, 1, 1, 8, 2, 2, 4, word, word, word, 4, 2, 2, 2, 2, 2, 2]
    let program =
      isWide ? [4, 4, word, word, word, word, word, word] : [Int](repeating: 4, count: 8)
    let section = [4, 4, word, word, word, word, 4, 4, word, word]
    let sectionCount = writer.sections.count + (writer.symbols == nil ? 0 : 2) + 1
    var result = Self.fields(file, at: 4)
    for index in writer.segments.indices {
      result += Self.fields(program, at: writer.headerSize + index * writer.programHeaderSize)
    }
    for index in 0..<sectionCount {
      let distance = (sectionCount - index) * writer.sectionHeaderSize
      result += Self.fields(section, at: bytes.count - distance)
    }
    var offset = 0x200
    for note in writer.notes {
      result += Self.fields([4, 4, 4, 4, 4], at: offset)
      offset += note.bytes.count
    }
    return result
  }

  private static func fields(_ widths: [Int], at start: Int) -> [HeaderField] {
    var offset = start
    return widths.map { width in
      defer { offset += width }
      return HeaderField(offset: offset, width: width)
    }
  }
}
