// SPDX-License-Identifier: Apache-2.0

import PVHImage
import Testing

/// An ELF header that announces what we cannot read.
@Suite struct HeaderTests {
  /// Offset and width in the wide header, a bad number, and where the error points.
  @Test(
    arguments: [
      (4, 1, 0, Rule.unsupportedELF), (4, 1, 3, .unsupportedELF),
      (5, 1, 0, .unsupportedELF), (5, 1, 2, .unsupportedELF), (6, 1, 0, .unsupportedELF),
      (32, 8, .max, .truncatedELF), (32, 8, 0x2100 - 167, .truncatedELF),
      (40, 8, 0x2101, .truncatedELF), (54, 2, 32, .unsupportedELF), (54, 2, 0, .unsupportedELF),
      (56, 2, 0xffff, .truncatedELF), (56, 2, 150, .truncatedELF), (60, 2, 0xffff, .truncatedELF),
    ] as [(Int, Int, UInt64, Rule)])
  func refusesAHeaderField(offset: Int, width: Int, value: UInt64, rule: Rule) {
    var file = ELFWriter.wide.write()
    file.put(value, width: width, at: offset)
    let error = #expect(throws: ImageError.self) { try read(file.bytes) }
    #expect(error?.finding.rule == rule)
    #expect(error?.finding.offset != nil)
  }

  @Test func saysWhichTableIsCutShort() {
    var file = ELFWriter.wide.write()
    file.put(0x20f0, width: 8, at: 32)
    let error = #expect(throws: ImageError.self) { try read(file.bytes) }
    #expect(
      error?.finding.message
        == "is cut short: the program header table needs 168 bytes at 0x20f0, the file has 8448 "
        + "bytes")
    #expect(error?.finding.offset == 32)
  }

  @Test func refusesTheEscapeValueOfTheProgramHeaderCount() {
    var file = ELFWriter.wide.write()
    file.put(0xffff, width: 2, at: 56)
    file.append(count: 0xffff * 56)
    let error = #expect(throws: ImageError.self) { try read(file.bytes) }
    #expect(error?.finding.rule == .unsupportedELF)
    #expect(error?.finding.offset == 56)
  }

  /// libelf would allocate for the count that section 0 announces.
  @Test(arguments: [0x1_0000, 0xffff_ffff, UInt64.max])
  func refusesAnExtendedSectionCount(count: UInt64) {
    var file = ELFWriter.wide.write()
    file.put(0x2000, width: 8, at: 40)
    file.put(count, width: 8, at: 0x2020)
    let error = #expect(throws: ImageError.self) { try read(file.bytes) }
    #expect(error?.finding.rule == .unsupportedELF)
    #expect(error?.finding.offset == 0x2020)
  }

  @Test(arguments: ELFWriter.both)
  func readsWithoutSectionsOfAnOddSize(writer: ELFWriter) throws {
    var file = writer.with { $0.sections = [.notes([.buildID], at: 0x2100)] }.write()
    file.put(8, width: 2, at: writer.isWide ? 58 : 46)
    let image = try read(file.bytes)
    #expect(image.problems().map(\.rule) == [.sectionEntrySize])
    #expect(image.problems().first?.offset == (writer.isWide ? 58 : 46))
  }
}
