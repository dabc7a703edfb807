// SPDX-License-Identifier: Apache-2.0

import Glibc
import ImageUnpacking
import PVHImage
import PackingFixture
import Testing
import XenABI

/// Images inside other files.
@Suite struct PackingTests {
  @Test(arguments: ELFWriter.both)
  func readsAGzippedImage(writer: ELFWriter) throws {
    let image = try read(gzip(writer.write().bytes))
    #expect(image.packing == .gzip)
    #expect(image.fileSize == 0x2100)
    #expect(image.validateBoot().isEmpty)
  }

  @Test func readsAnImageInALinuxBootImage() throws {
    let payload = gzip(ELFWriter.wide.write().bytes)
    let image = try read(bootImage(payload))
    #expect(image.packing == .bzImage(.gzip))
    #expect(image.entry?.address.rawValue == 0x10_0010)
  }

  /// It boots by xl if it has a note; nothing of a boot image starts like firmware.
  @Test func saysNothingOfFirmwareInABootImage() throws {
    let writer = ELFWriter.narrow.with { $0.segments[0].fileSize = 0 }
    let finding = try #require(try read(bootImage(gzip(writer.write().bytes))).problems().first)
    #expect(finding.rule == .noPVHNote)
    #expect(finding.message == "has no Xen PHYS32_ENTRY note")
  }

  @Test func aLinuxKernelHasRoomToUnpackItsRAMDisk() throws {
    let plain = try ELFWriter.wide.read()
    let kernel = try read(bootImage(gzip(ELFWriter.wide.write().bytes)))
    #expect(plain.usualMemory(moduleBytes: [10 << 20]) == 20)
    // Image and RAM disk, twice what the RAM disk unpacks to, and what Linux wants for itself.
    #expect(kernel.usualMemory(moduleBytes: [10 << 20]) == 12 + 120 + 32)
    #expect(kernel.usualMemory(moduleBytes: [.max]) > 1 << 24)
    let named = try ELFWriter.wide.with { writer in
      writer.notes.append(.string(6, "linux"))
      writer.segments[0].fileSize = 20 + 24
    }.read()
    #expect(named.guestOS == "linux")
    #expect(named.usualMemory() == 2 + 32)
  }

  @Test func unpacksTheFileInside() throws {
    let inside = ELFWriter.wide.write().bytes
    let file = ScratchFile(bootImage(gzip(inside)))
    let path = "/proc/self/fd/\(file.descriptor)"
    let descriptor = try #require(try PVHImage.unpackedFile(path))
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: inside.count + 1)
    #expect(pread(descriptor, &bytes, bytes.count, 0) == inside.count)
    #expect(bytes.dropLast() == inside[...])
    let plain = ScratchFile(inside)
    #expect(try PVHImage.unpackedFile("/proc/self/fd/\(plain.descriptor)") == nil)
  }

  @Test func takesZeroSetupSectorsForFour() throws {
    var file = bootImage(gzip(ELFWriter.wide.write().bytes))
    file[0x1f1] = 0
    #expect(try read(file).validateBoot().isEmpty)
  }

  @Test func refusesAPayloadBeyondTheFile() {
    var file = bootImage(gzip(ELFWriter.wide.write().bytes))
    file.replaceSubrange(0x24c..<0x250, with: [0xff, 0xff, 0xff, 0xff])
    expect(file, .damagedPacking, offset: 0x248)
  }

  @Test(arguments: [
    ([0x42, 0x5a, 0x68, 0x39], Rule.unsupportedPacking),
    ([0x5d, 0, 0, 0], .unsupportedPacking), ([0, 1, 2, 3], .damagedPacking),
    ([0x1f, 0x8b, 8, 0], .damagedPacking), ([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0], .damagedPacking),
  ])
  func namesWhatItCannotUnpack(payload: [UInt8], rule: Rule) {
    expect(bootImage(payload), rule, offset: 0xa10)
  }

  @Test func refusesEveryTruncationOfAGzippedImage() {
    let whole = gzip(ELFWriter.wide.write().bytes)
    for length in 2..<whole.count {
      let error = #expect(throws: ImageError.self) { try read(Array(whole.prefix(length))) }
      #expect(error?.finding.rule == .damagedPacking, "at \(length) bytes")
    }
  }

  @Test func saysWhatIsInsideWhenItIsNoImage() {
    let error = #expect(throws: ImageError.self) { try read(gzip(Array("text".utf8))) }
    #expect(error?.finding.rule == .notELF)
    #expect(error?.finding.offset == 0)
    #expect(error?.file.hasSuffix(", unpacked") == true)
  }

  private func expect(_ file: [UInt8], _ rule: Rule, offset: UInt64) {
    let error = #expect(throws: ImageError.self) { try read(file) }
    #expect(error?.finding.rule == rule)
    #expect(error?.finding.offset == offset)
  }

  @Test func saysThatThePackedKernelIsEmpty() {
    let error = #expect(throws: ImageError.self) { try read(bootImage([])) }
    #expect(error?.finding.message == "has a packed kernel of 0 bytes")
    #expect(error?.finding.offset == 0x24c)
  }

  /// The fields of Linux's boot protocol that lead to the packed kernel, and the kernel.
  private func bootImage(_ payload: [UInt8]) -> [UInt8] {
    var file = [UInt8](repeating: 0, count: 0xa10)
    file[0x1f1] = 4
    file.replaceSubrange(0x202..<0x208, with: Array("HdrS".utf8) + [0x0f, 0x02])
    file.replaceSubrange(0x248..<0x24c, with: littleEndian(0x10, 4))
    file.replaceSubrange(0x24c..<0x250, with: littleEndian(UInt64(payload.count), 4))
    return file + payload
  }

  private func gzip(_ bytes: [UInt8]) -> [UInt8] { Packer.pack(bytes, .gzip) }
}
