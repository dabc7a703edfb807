// SPDX-License-Identifier: Apache-2.0

import PVHImage
import Testing

/// A file that ends too early at any byte of its headers gives a typed error, never a crash.
@Suite struct TruncationTests {
  static let withSections = ELFWriter.both.map {
    $0.with { writer in
      writer.sections = [.notes([.pvhEntry(0x10_0010)], at: 0x2100)]
      writer.symbols = [.entry]
    }
  }

  @Test(arguments: ELFWriter.both)
  func refusesEveryLengthOfTheHeaders(writer: ELFWriter) {
    let whole = writer.write().bytes
    let headers = writer.headerSize + writer.segments.count * writer.programHeaderSize
    for length in 0..<headers {
      let error = #expect(throws: ImageError.self) { try read(Array(whole.prefix(length))) }
      let expected: Rule =
        switch length {
        case 0: .emptyFile
        case ..<4: .notELF
        default: .truncatedELF
        }
      #expect(error?.finding.rule == expected, "at \(length) bytes")
    }
  }

  @Test(arguments: ELFWriter.both)
  func namesSegmentsCutShort(writer: ELFWriter) throws {
    let whole = writer.write().bytes
    let headers = writer.headerSize + writer.segments.count * writer.programHeaderSize
    for length in stride(from: headers, to: whole.count, by: 61) {
      let problems = try read(Array(whole.prefix(length))).problems()
      #expect(problems.contains { $0.rule == .segmentPastEndOfFile }, "at \(length) bytes")
    }
  }

  @Test(arguments: withSections)
  func refusesEveryLengthOfTheSectionHeaders(writer: ELFWriter) {
    let whole = writer.write().bytes
    for length in whole.count - 4 * writer.sectionHeaderSize..<whole.count {
      let error = #expect(throws: ImageError.self) { try read(Array(whole.prefix(length))) }
      #expect(error?.finding.rule == .truncatedELF, "at \(length) bytes")
      #expect(error?.finding.message.contains("section header table") == true)
    }
  }
}
