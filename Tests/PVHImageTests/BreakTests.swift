// SPDX-License-Identifier: Apache-2.0

import PVHImage
import Testing

/// A good image with one thing broken, and the finding that names it.
struct Break: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let rule: Rule
  /// Which program header the offset of the finding lies in, if it does.
  var header: Int?
  let change: @Sendable (inout ELFWriter) -> Void

  init(
    _ testDescription: String, _ rule: Rule, header: Int? = nil,
    _ change: @escaping @Sendable (inout ELFWriter) -> Void
  ) {
    self.testDescription = testDescription
    self.rule = rule
    self.header = header
    self.change = change
  }
}

/// Each case breaks one field in a 32-bit and in a 64-bit image.
@Suite struct BreakTests {
  @Test(arguments: ELFWriter.both, Break.inBothClasses)
  func namesTheOneThingBroken(writer: ELFWriter, broken: Break) throws {
    try expect(broken, in: writer)
  }

  @Test(arguments: Break.inWideImages)
  func namesWhatOnlyAWideImageCanBreak(broken: Break) throws {
    try expect(broken, in: .wide)
  }

  private func expect(_ broken: Break, in writer: ELFWriter) throws {
    let changed = writer.with(broken.change)
    let problems = try changed.read().problems()
    #expect(problems.map(\.rule) == [broken.rule], "\(problems)")
    guard let header = broken.header else { return }
    let offset = try #require(problems.first?.offset)
    let start = UInt64(changed.headerSize + header * changed.programHeaderSize)
    #expect((start..<start + UInt64(changed.programHeaderSize)).contains(offset))
  }
}
