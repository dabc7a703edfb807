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

extension Break {
  static let inBothClasses: [Break] = entry + segments + place

  private static let entry: [Break] = [
    Break("no notes", .noPVHNote) { $0.segments[0].fileSize = 0 },
    Break("no PT_NOTE", .noPVHNote) { $0.segments.removeFirst() },
    Break("PT_NOTE at offset 0", .noPVHNote, header: 0) { $0.segments[0].offset = 0 },
    Break("PV notes only", .noPVHNote) { $0.notes = [.string(6, "abc")] },
    Break("foreign owner", .noPVHNote) { $0.notes[0].owner = Array("XEN".utf8) + [0] },
    Break("descriptor of 2 bytes", .pvhNoteOddSize) { writer in
      writer.notes = [.pvhEntry(0x1010, size: 2)]
      writer.segments[1].address = 0x1000
      writer.segments[2].address = 0x2000
    },
    Break("two entries", .pvhNotesDisagree) { writer in
      writer.notes.insert(.pvhEntry(0x10_0020), at: 0)
      writer.segments[0].fileSize = 40
    },
    Break("descriptor beyond its segment", .malformedNote) { $0.segments[0].fileSize = 16 },
    Break("entry below the image", .entryOutsideImage) { $0.notes = [.pvhEntry(0xf_ffff)] },
    Break("entry above the image", .entryOutsideImage) { $0.notes = [.pvhEntry(0x10_4001)] },
    Break("entry at the image's end", .entryNotLoaded) { $0.notes = [.pvhEntry(0x10_4000)] },
    Break("entry in bss", .entryNotLoaded) { $0.notes = [.pvhEntry(0x10_1100)] },
    Break("entry in data", .entryNotExecutable) { $0.notes = [.pvhEntry(0x10_10ff)] },
  ]

  private static let segments: [Break] = [
    Break("data beyond the file", .segmentPastEndOfFile, header: 2) {
      $0.segments[2].fileSize += 1
    },
    Break("data beginning beyond the file", .segmentPastEndOfFile, header: 2) {
      $0.segments[2].offset = 0xffff_f000
    },
    Break("more file than memory", .segmentFileSize, header: 2) {
      $0.segments[2].memorySize = 0xff
    },
    Break("no flags", .segmentWithoutFlags, header: 2) { $0.segments[2].flags = 0 },
    Break("memory without flags", .memoryWithoutFlags, header: 2) { writer in
      writer.segments[2].flags = 0
      writer.segments[2].fileSize = 0
    },
    Break("flags of the system only", .segmentWithoutFlags, header: 2) {
      $0.segments[2].flags = 0x1000_0000
    },
    Break("writable code", .writableExecutableSegment, header: 1) { $0.segments[1].flags = 7 },
    Break("overlap", .segmentsOverlap, header: 2) { $0.segments[2].address = 0x10_0000 },
    Break("segment inside another", .segmentsOverlap, header: 3) { writer in
      var inner = writer.segments[2]
      inner.address = 0x10_3000
      inner.memorySize = 0x800
      inner.fileSize = 0
      writer.segments.append(inner)
    },
    Break("physical off its page", .segmentUnaligned, header: 2) { writer in
      writer.segments[2].virtualAddress = 0x10_1000
      writer.segments[2].address = 0x10_1004
    },
  ]

  private static let place: [Break] = [
    Break("image begins within a page", .imageStartUnaligned, header: 1) { writer in
      writer.segments[1].address = 0x10_0008
      writer.segments[1].memorySize -= 8
      writer.segments[1].fileSize -= 8
    },
    Break("empty segment below", .emptySegment, header: 3) { writer in
      writer.segments.append(
        TestSegment(flags: 4, offset: 0, address: 0, fileSize: 0, memorySize: 0))
    },
    Break("ACPI range", .segmentInSpecialPages, header: 2) {
      $0.segments[2].address = 0xfbff_e000
    },
    Break("special pages", .segmentInSpecialPages, header: 2) {
      $0.segments[2].address = 0xfeff_f000
    },
    Break("4 GiB", .segmentAbove4GiB, header: 2) { $0.segments[2].address = 0xffff_e000 },
    Break("other machine", .wrongMachine) { $0.machine = 183 },
    Break("shared object", .wrongType) { $0.type = 3 },
  ]

  static let inWideImages: [Break] = [
    Break("beyond 4 GiB", .segmentAbove4GiB, header: 2) {
      $0.segments[2].address = 0x1_0000_0000
    },
    Break("wrapping", .segmentWraps, header: 2) { $0.segments[2].address = .max - 0xfff },
    Break("huge bss", .segmentWraps, header: 2) { $0.segments[2].memorySize = .max },
    Break("file range wraps", .segmentPastEndOfFile, header: 2) { $0.segments[2].offset = .max },
  ]
}
