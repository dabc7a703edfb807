// SPDX-License-Identifier: Apache-2.0

import PVHImage
import Testing
import XenABI

/// What Xen makes of notes in odd places and of odd sizes.
@Suite struct NoteTests {
  @Test(arguments: [0, 3, 5, 16])
  func readsAnImpossibleSizeAsZero(size: Int) throws {
    let image = try ELFWriter.wide.with { writer in
      writer.notes = [.pvhEntry(0x10_0010, size: size)]
      writer.segments[0].fileSize = UInt64(12 + 4 + (size + 3) & ~3)
    }.read()
    #expect(image.entry?.address.rawValue == 0)
    #expect(image.validateBoot().map(\.rule) == [.pvhNoteSize, .entryOutsideImage])
  }

  @Test(arguments: ELFWriter.both)
  func takesANoteFromASectionIfNoSegmentHasOne(writer: ELFWriter) throws {
    let image = try writer.with { writer in
      writer.segments.removeFirst()
      writer.sections = [.notes([.buildID, .pvhEntry(0x10_0010)], at: 0x2100)]
    }.read()
    #expect(image.entry?.note.place == .section(1))
    #expect(image.validateBoot().isEmpty)
    #expect(image.problems().map(\.rule) == [.pvhNoteOnlyInSection])
  }

  @Test func ignoresASectionIfASegmentHasAnyXenNote() throws {
    let image = try ELFWriter.wide.with { writer in
      writer.notes = [.string(6, "abc")]
      writer.sections = [.notes([.pvhEntry(0x10_0010)], at: 0x2100)]
    }.read()
    let finding = try #require(image.problems().first)
    #expect(finding.rule == .noPVHNote)
    #expect(finding.offset == 0x2100)
    #expect(finding.message.contains("note section #1"))
  }

  @Test func tellsOtherXenNotesFromNoNotes() throws {
    let image = try ELFWriter.wide.with { $0.notes = [.string(6, "abc")] }.read()
    let finding = try #require(image.problems().first)
    #expect(finding.message.hasSuffix("1 Xen note (GUEST_OS), none of which is PHYS32_ENTRY"))
    #expect(finding.remedy.contains("pvh note add"))
    #expect(!image.isForPV)
  }

  /// No note makes a PVH image of what starts in another way.
  @Test(arguments: [1, 2, 3, 8, 9] as [UInt32])
  func tellsAPVImageThatANoteDoesNotHelp(type: UInt32) throws {
    let image = try ELFWriter.wide.with { $0.notes = [.string(type, "abc")] }.read()
    let finding = try #require(image.problems().first)
    #expect(finding.rule == .noPVHNote)
    #expect(finding.message.hasSuffix("it was built for PV domains"))
    #expect(finding.remedy.contains("CONFIG_PVH"))
    for launcher in Launcher.allCases {
      let remedies = image.findings(for: launcher).map(\.finding.remedy)
      #expect(!remedies.contains { $0.contains("pvh note add") }, "\(remedies)")
    }
    #expect(image.isForPV)
  }

  /// Every 64-bit Linux has this size.
  @Test(arguments: ELFWriter.both) func takesADescriptorOf8Bytes(writer: ELFWriter) throws {
    let image = try writer.with { writer in
      writer.notes = [.pvhEntry(0x10_0010, size: 8)]
      writer.segments[0].fileSize = 24
    }.read()
    #expect(image.entry?.address.rawValue == 0x10_0010)
    #expect(image.problems().isEmpty, "\(image.problems())")
  }

  @Test func tellsThatXLWouldStartA32BitImageAsFirmware() throws {
    let image = try ELFWriter.narrow.with { $0.segments[0].fileSize = 0 }.read()
    #expect(image.problems().first?.message.contains("like firmware at 0x100000") == true)
  }

  @Test func findsANoteBehindOneThatIsPaddedTo4() throws {
    let image = try ELFWriter.wide.with { writer in
      writer.notes = [.buildID, .pvhEntry(0x10_0010)]
      writer.segments[0].fileSize = 44
      writer.segments[0].alignment = 8
    }.read()
    #expect(image.problems().isEmpty)
  }

  @Test func losesANoteBehindAHugeOne() throws {
    let image = try ELFWriter.wide.with { writer in
      writer.notes = [.buildID, .pvhEntry(0x10_0010)]
      writer.notes[0].descriptorSize = 0x7fff_ffff
      writer.segments[0].fileSize = 44
    }.read()
    #expect(image.problems().map(\.rule) == [.pvhNoteHidden, .malformedNote])
  }

  @Test func readsNoMoreNotesThanXen() throws {
    let file = ScratchFile(ELFWriter.wide.with { $0.segments[0].fileSize = 2 << 20 }.write().bytes)
    file.extend(to: 3 << 20)
    let image = try file.image()
    #expect(image.notes.count == 65536)
    #expect(image.problems().map(\.rule) == [.tooManyNotes])
  }

  @Test func takesTheLastOfSeveralEntries() throws {
    let image = try ELFWriter.wide.with { writer in
      writer.notes = [.pvhEntry(0x10_0020), .pvhEntry(0x10_0010)]
      writer.segments[0].fileSize = 40
    }.read()
    #expect(image.entry?.address.rawValue == 0x10_0010)
  }
}
