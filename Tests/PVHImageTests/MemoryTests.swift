// SPDX-License-Identifier: Apache-2.0

import PVHImage
import Testing

/// How much memory the domain builder fills before the guest runs.
@Suite struct MemoryTests {
  @Test func addsOnePageOfStartInfoToTheImage() throws {
    let image = try ELFWriter.wide.read()
    #expect(image.smallestMemory() == 1044)
    #expect(image.memoryNeed()?.mebibytes == 2)
  }

  @Test func roundsTheImageAndEachModuleToPages() throws {
    let image = try ELFWriter.wide.with { $0.segments[2].memorySize = 0x2001 }.read()
    let need = try #require(image.memoryNeed(moduleBytes: [1, 0x1001]))
    #expect(need.image == 0x10_4000)
    #expect(need.modules == 0x3000)
    #expect(need.total == 0x10_8000)
  }

  /// 56 bytes of start info, 2 modules of 32 + 1024, 16 ranges of 24, the text with its NUL.
  @Test(
    arguments: [(0, 0x1000), (1543, 0x1000), (1544, 0x2000), (5000, 0x2000)] as [(UInt64, UInt64)])
  func givesALongCommandLineMorePages(length: UInt64, expected: UInt64) throws {
    let image = try ELFWriter.wide.read()
    #expect(image.memoryNeed(commandLineBytes: length)?.startInfo == expected)
  }

  @Test func acceptsExactlyTheNeed() throws {
    let image = try ELFWriter.wide.read()
    let need = try #require(image.smallestMemory(moduleBytes: [5000]))
    #expect(image.validate(memoryKiB: need, moduleBytes: [5000]).isEmpty)
    let finding = try #require(image.validate(memoryKiB: need - 1, moduleBytes: [5000]).first)
    #expect(finding.rule == .memoryTooSmall)
    #expect(
      finding.message
        == "needs at least 1052 KiB (image up to 1040, modules 8, start info 4), and the domain is "
        + "to have 1051 KiB")
    #expect(finding.remedy == "Give it 1052 KiB or more; xl takes whole MiB: 2.")
  }

  @Test func fitsAnImageLinkedAtZeroIntoOneMiB() throws {
    let image = try ELFWriter.wide.with { writer in
      writer.notes = [.pvhEntry(0x1010)]
      writer.segments[1].address = 0x1000
      writer.segments[2].address = 0x2000
    }.read()
    #expect(image.validate(memoryKiB: 1024).isEmpty)
    #expect(image.memoryNeed()?.mebibytes == 1)
  }

  @Test func refusesModulesThatXenRefuses() throws {
    let image = try ELFWriter.wide.read()
    let findings = image.validate(memoryKiB: 65536, moduleBytes: [1, 0, 1])
    #expect(findings.map(\.rule) == [.tooManyModules, .emptyModule])
  }

  @Test(arguments: [0xfbef_a000, .max - 1, .max] as [UInt64])
  func refusesModulesThatReachXensOwnRange(size: UInt64) throws {
    let image = try ELFWriter.wide.read()
    let findings = image.validate(memoryKiB: .max, moduleBytes: [size, size])
    #expect(findings.map(\.rule) == [.modulesInSpecialPages])
  }
}
