// SPDX-License-Identifier: Apache-2.0

import PVHImage
import Testing
import XenABI

/// A trampoline and page tables behind a 64-bit image that knows nothing of PVH.
@Suite struct LongModeEntryTests {
  static let plain = NoteEditTests.withoutNote[0].with { writer in
    writer.segments[0].virtualAddress = 0x10_0000
    writer.symbols?[0].value = 0x10_0010
  }

  @Test(arguments: ["pvh_start", "0x100010"])
  func startsInATrampolineBehindTheImage(place: String) throws {
    let file = try EditedFile(Self.plain)
    let image = try LongModeEntry(EntryPlace(place)).add(to: file.path, output: file.path)
    #expect(image.entry?.address.rawValue == 0x10_4000)
    #expect(image.extent?.end.rawValue == 0x10_4000 + 0xc000)
    for launcher in Launcher.allCases { #expect(image.findings(for: launcher).isEmpty) }
    let bytes = try file.bytes
    #expect(!Oracle(bytes, mebibytes: 4).isRefusal)
    #expect(bytes[0x1000..<0x2100] == file.original[0x1000..<0x2100])
    let header = try #require(image.segments.first { $0.physicalAddress.rawValue == 0x10_4000 })
    // cld first; the address that is called stands in the code.
    #expect(bytes[Int(header.fileOffset)] == 0xfc)
    let code = bytes[Int(header.fileOffset)..<Int(header.fileOffset + header.fileSize)]
    #expect(code.firstRange(of: [0x48, 0xb8] + littleEndian(0x10_0010, 8)) != nil)
  }

  @Test func takesTheHighHalf() throws {
    let file = try EditedFile(
      Self.plain.with { writer in
        for index in writer.segments.indices {
          writer.segments[index].virtualAddress =
            writer.segments[index].address + 0xffff_ffff_8000_0000
        }
        writer.symbols?[0].value += 0xffff_ffff_8000_0000
      })
    let image = try LongModeEntry(.symbol("pvh_start")).add(to: file.path, output: file.path)
    #expect(image.problems().isEmpty)
  }

  @Test func replacesANote() throws {
    let file = try EditedFile(.wide)
    let image = try LongModeEntry(.address(0x10_0010)).add(to: file.path, output: file.path)
    #expect(image.entry?.address.rawValue == 0x10_4000)
    #expect(image.problems().isEmpty)
  }

  @Test(arguments: [
    (ELFWriter.narrow, EditError.not64Bit),
    (
      plain.with { $0.segments[1].memorySize = 0xfbef_a000 }, .noRoom(0xfbff_b000)
    ),
    (plain.with { $0.symbols?[0].value = 0x20_0000 }, .symbolNotLoaded("pvh_start", 0x20_0000)),
    (plain.with { $0.symbols = nil }, .noSymbols("pvh_start")),
  ])
  func changesNothingOnFailure(writer: ELFWriter, expected: EditError) throws {
    let file = try EditedFile(writer)
    #expect(throws: expected) {
      try LongModeEntry(.symbol("pvh_start")).add(to: file.path, output: file.path)
    }
    #expect(try file.bytes == file.original)
  }

  @Test func refusesAddressesThatTheTrampolineDoesNotMap() throws {
    let file = try EditedFile(NoteEditTests.withoutNote[0])
    #expect(throws: EditError.self) {
      try LongModeEntry(.symbol("pvh_start")).add(to: file.path, output: file.path)
    }
  }
}
