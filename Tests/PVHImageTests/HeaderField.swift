// SPDX-License-Identifier: Apache-2.0

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
