// SPDX-License-Identifier: Apache-2.0

import Glibc
import PVHImage
import Testing
import XenABI

@Suite struct ReadingTests {
  @Test(arguments: ELFWriter.both)
  func readsWhatWasWritten(writer: ELFWriter) throws {
    let image = try writer.read()
    #expect(image.file == "test.pvh")
    #expect(image.fileSize == 0x2100)
    #expect(image.elfClass == (writer.isWide ? .bits64 : .bits32))
    #expect(image.machine == (writer.isWide ? .x8664 : .i386))
    #expect(image.type == .executable)
    #expect(image.programHeaders.map(\.index) == [0, 1, 2])
    #expect(image.extent?.start.rawValue == 0x10_0000)
    #expect(image.extent?.end.rawValue == 0x10_4000)
    #expect(image.loadedSize == 0x1100)
    #expect(image.entry?.address.rawValue == 0x10_0010)
    #expect(image.symbols == .notRead)
    #expect(image.problems().isEmpty)
  }

  @Test(arguments: ELFWriter.both)
  func readsEveryFieldOfAProgramHeader(writer: ELFWriter) throws {
    let writer = writer.with { writer in
      writer.segments[2].virtualAddress = 0xc010_1000
      writer.segments[2].alignment = 0x2000
    }
    let header = try #require(try writer.read().segments.last)
    #expect(header.type == .load)
    #expect(header.flags == [.read, .write])
    #expect(header.headerOffset == UInt64(writer.headerSize + 2 * writer.programHeaderSize))
    #expect(header.fileOffset == 0x2000)
    #expect(header.virtualAddress == 0xc010_1000)
    #expect(header.physicalAddress.rawValue == 0x10_1000)
    #expect(header.fileSize == 0x100)
    #expect(header.memorySize == 0x3000)
    #expect(header.alignment == 0x2000)
  }

  @Test func listsSegmentsByPhysicalAddress() throws {
    let image = try ELFWriter.wide.with { $0.segments.swapAt(1, 2) }.read()
    #expect(image.segments.map(\.index) == [2, 1])
    #expect(image.problems().isEmpty)
  }

  @Test func saysWhereANoteIs() throws {
    let writer = ELFWriter.wide.with { writer in
      writer.notes = [.buildID, .string(6, "linux"), .pvhEntry(0x10_0010)]
      writer.segments[0].fileSize = UInt64(writer.notes.flatMap(\.bytes).count)
    }
    let image = try writer.read()
    #expect(image.notes.map(\.owner) == ["GNU", "Xen", "Xen"])
    #expect(image.notes.map(\.offset) == [0x200, 0x218, 0x230])
    #expect(image.xenNotes.map(\.type) == [6, 18])
    let note = try #require(image.entry?.note)
    #expect(note.place == .programHeader(0))
    #expect(note.xenType == .pvhEntry)
    #expect(note.descriptorOffset == 0x240)
    #expect(note.descriptor == [0x10, 0, 0x10, 0])
  }

  @Test(arguments: [1, 2, 4, 8])
  func readsTheEntryLikeXen(size: Int) throws {
    let image = try ELFWriter.wide.with { writer in
      writer.notes = [.pvhEntry(0x8877_6655_4433_2211, size: size)]
      writer.segments[0].fileSize = UInt64(16 + max(4, size))
    }.read()
    let expected: [Int: UInt64] = [1: 0x11, 2: 0x2211, 4: 0x4433_2211, 8: 0x4433_2211]
    #expect(image.entry?.address.rawValue == expected[size])
  }

  @Test func keepsThePositionOfTheCallersDescriptor() throws {
    let file = ScratchFile(ELFWriter.wide.write().bytes)
    lseek(file.descriptor, 7, SEEK_SET)
    _ = try file.image()
    #expect(lseek(file.descriptor, 0, SEEK_CUR) == 7)
  }

  @Test func keepsOnlyTheStartOfALongDescriptor() throws {
    let long = TestNote(type: 7, descriptor: [UInt8](repeating: 0x41, count: 3000))
    let image = try ELFWriter.wide.with { writer in
      writer.notes = [long, .pvhEntry(0x10_0010)]
      writer.segments[0].fileSize = UInt64(writer.notes.flatMap(\.bytes).count)
    }.read()
    #expect(image.notes.first?.descriptorSize == 3000)
    #expect(image.notes.first?.descriptor.count == ImageNote.descriptorLimit)
    #expect(image.entry?.address.rawValue == 0x10_0010)
  }
}
