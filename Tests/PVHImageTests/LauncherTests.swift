// SPDX-License-Identifier: Apache-2.0

import PVHImage
import Testing
import XenABI

/// What one launcher forgives and another does not.
@Suite struct LauncherTests {
  @Test(arguments: ELFWriter.both, Launcher.allCases)
  func everyLauncherBootsAGoodImage(writer: ELFWriter, launcher: Launcher) throws {
    let image = try writer.read(symbols: true)
    #expect(image.findings(for: launcher).isEmpty)
    #expect(image.boots(with: launcher))
  }

  @Test(arguments: ELFWriter.both)
  func startInfoNeedsRoomBehindTheImage(writer: ELFWriter) throws {
    let image = try writer.with { $0.segments[2].address = 0xfbff_d000 }.read()
    #expect(image.extent?.end.rawValue ?? 0 > 0xfbff_f000)
    #expect(errors(image, .xl) == [.modulesInSpecialPages])
    #expect(errors(image, .qemu).isEmpty)
  }

  @Test(arguments: ELFWriter.both)
  func qemuNeedsTheNoteInASegment(writer: ELFWriter) throws {
    let image = try writer.with { writer in
      writer.segments.removeFirst()
      writer.sections = [.notes([.pvhEntry(0x10_0010)], at: 0x2100)]
    }.read()
    #expect(errors(image, .xl).isEmpty)
    #expect(errors(image, .qemu) == [.pvhNoteNotForQEMU])
  }

  @Test func qemuStepsByTheAlignment() throws {
    let image = try ELFWriter.wide.with { writer in
      writer.notes = [.buildID, .pvhEntry(0x10_0010)]
      writer.segments[0].fileSize = 44
      writer.segments[0].alignment = 8
    }.read()
    #expect(errors(image, .xl).isEmpty)
    #expect(errors(image, .qemu) == [.pvhNoteNotForQEMU])
  }

  @Test func qemuDividesByTheAlignment() throws {
    let image = try ELFWriter.wide.with { $0.segments[0].alignment = 0 }.read()
    #expect(image.qemuEntry == .divisionByZero(0))
    #expect(errors(image, .xl).isEmpty)
    #expect(errors(image, .qemu) == [.pvhNoteNotForQEMU])
  }

  /// A good PT_NOTE behind it does not help.
  @Test func qemuStopsAtABadSegmentOfNotes() throws {
    var divided = ELFWriter.wide
    divided.addSecondNotes { $0.alignment = 0 }
    #expect(try divided.read().qemuEntry == .divisionByZero(0))
    #expect(errors(try divided.read(), .qemu) == [.pvhNoteNotForQEMU])
    var cut = ELFWriter.wide
    cut.addSecondNotes { $0.fileSize = 0x1_0000 }
    let image = try cut.read()
    #expect(image.qemuEntry == .pastEndOfFile(0))
    #expect(errors(image, .xl).isEmpty)
    let finding = try #require(image.findings(for: .qemu).first?.finding)
    #expect(finding.rule == .pvhNoteNotForQEMU)
    #expect(finding.offset == 64 + 32)
  }

  @Test func qemuTakesAnEntryAtZeroForNone() throws {
    let image = try ELFWriter.wide.with { writer in
      writer.notes = [.pvhEntry(0)]
      writer.segments[1].address = 0
      writer.segments[2].address = 0x1000
    }.read()
    #expect(image.qemuEntry == .zero(noteOffset: 0x200))
    #expect(errors(image, .xl).isEmpty)
    let finding = try #require(
      image.findings(for: .qemu).first { $0.finding.rule == .pvhNoteNotForQEMU }?.finding)
    #expect(finding.message == "has its entry at address 0, which QEMU takes for no note at all")
    #expect(!finding.remedy.contains("pvh note add"))
  }

  @Test func qemuDoesNotLookAtTheOwner() throws {
    let image = try ELFWriter.wide.with { writer in
      writer.notes[0].owner = Array("ABC".utf8) + [0]
    }.read()
    #expect(errors(image, .xl) == [.noPVHNote])
    #expect(errors(image, .qemu) == [.qemuStartsElsewhere])
  }

  @Test(arguments: [(2, 0x88), (2, 0x1fc0), (0, 0)] as [(UInt64, Int)])
  func qemuPrefersMultiboot(flags: UInt64, offset: Int) throws {
    var file = ELFWriter.wide.write()
    let place = max(offset, 0x220)
    file.put(0x1bad_b002, width: 4, at: place)
    file.put(flags, width: 4, at: place + 4)
    file.put(0x1_0000_0000 - 0x1bad_b002 - flags, width: 4, at: place + 8)
    let image = try read(file.bytes)
    #expect(image.multibootOffset == UInt64(place))
    #expect(errors(image, .xl).isEmpty)
    #expect(errors(image, .qemu) == [.multibootELF64])
    file.put(1, width: 4, at: place + 8)
    #expect(try read(file.bytes).multibootOffset == nil)
  }

  @Test(arguments: [
    (0x5740, true), (0x5741, false), (0x10_0000, true), (0xf_f000, false), (0x10, false),
    (0x680, false), (0x2220, true),
  ])
  func firmwareTakesLowMemory(address: UInt64, boots: Bool) throws {
    let image = try ELFWriter.wide.with { writer in
      writer.notes = [.pvhEntry(address)]
      writer.segments.removeLast()
      writer.segments[1].address = address
    }.read()
    #expect(errors(image, .qemu) == (boots ? [] : [.segmentUnderFirmware]))
  }

  @Test func aFeatureThatXenDoesNotKnow() throws {
    let image = try withFeatures("writable_page_tables|!auto_translated_physmap|!time_travel|x")
    let finding = try #require(image.problems().first)
    #expect(finding.rule == .unknownRequiredFeature)
    #expect(finding.message.contains("!time_travel"))
    #expect(errors(image, .dom0) == [.unknownRequiredFeature])
    #expect(errors(image, .qemu).isEmpty)
  }

  @Test func aKernelForDom0Only() throws {
    let image = try withFeatures("!dom0|writable_page_tables")
    #expect(errors(image, .xl) == [.requiresDom0])
    #expect(errors(image, .dom0).isEmpty)
  }

  @Test func namesANoteHiddenBehindItsNeighbour() throws {
    // Padded to 8, so that stepping by 4 leads into the padding.
    var padded = TestNote.buildID
    padded.descriptor += [0, 0, 0, 0, 0, 0, 0]
    padded.descriptorSize = 5
    let image = try ELFWriter.wide.with { writer in
      writer.notes = [padded, .pvhEntry(0x10_0010)]
      writer.segments[0].fileSize = UInt64(writer.notes.flatMap(\.bytes).count)
    }.read()
    let finding = try #require(image.problems().first)
    #expect(finding.rule == .pvhNoteHidden)
    #expect(finding.offset == 0x21c)
  }

  @Test func asksWhetherTheMemoryIsEnough() throws {
    let image = try ELFWriter.wide.read()
    let findings = image.findings(for: .xl, memoryKiB: 1024)
    #expect(findings.map(\.finding.rule) == [.memoryTooSmall])
    #expect(
      image.findings(for: .qemu, memoryKiB: 1024).map(\.finding.rule) == [.imageBeyondMemory])
    #expect(image.findings(for: .qemu, memoryKiB: 2048).isEmpty)
  }

  private func errors(_ image: PVHImage, _ launcher: Launcher) -> [Rule] {
    image.findings(for: launcher).filter { $0.severity == .error }.map(\.finding.rule)
  }

  private func withFeatures(_ text: String) throws -> PVHImage {
    try ELFWriter.wide.with { writer in
      writer.notes.append(.string(10, text))
      writer.segments[0].fileSize = UInt64(writer.notes.flatMap(\.bytes).count)
    }.read()
  }
}
