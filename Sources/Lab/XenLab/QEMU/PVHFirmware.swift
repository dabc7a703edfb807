// SPDX-License-Identifier: Apache-2.0

/// A PC's firmware that does one thing: it hands the machine over to a PVH image that QEMU has loaded.
///
/// QEMU's own, SeaBIOS, works in the memory from 28 KiB on after QEMU has put the image there, so that
/// guests which are linked low arrive damaged. This one writes no memory but its own, which it makes
/// writable, since start info is: Linux has its stack there for a moment. The state at the entry
/// is that of `docs/misc/pvh.pandoc` in Xen's tree: 32-bit code, flat segments, paging off, `%ebx`
/// with the start info's address.
public enum PVHFirmware {
  /// Where the start info is: at the start of the firmware, where a PC sees its last 64 KiB below 1 MiB.
  public static var startInfoAddress: UInt64 { 0xf_0000 }
  /// Bytes that start info and all behind it may have.
  public static var startInfoLimit: Int { codeOffset }
  /// Memory that a PC does not have, or sees its firmware in: an image must not reach into it.
  public static var hole: Range<UInt64> { 0xa_0000..<0x10_0000 }

  private static var size: Int { 1 << 16 }
  private static var codeOffset: Int { 0xff00 }

  /// The ROM's bytes.
  ///
  /// - Precondition: `startInfo` has at most `startInfoLimit` bytes.
  static func bytes(entry: UInt32, startInfo: [UInt8]) -> [UInt8] {
    precondition(startInfo.count <= startInfoLimit)
    let code = code(entry: entry)
    // The processor starts 16 bytes below the end, in 16-bit code: jmp to the code.
    let jump: [UInt8] = [0xe9] + little(UInt16(truncatingIfNeeded: codeOffset - (0xfff0 + 3)))
    return padded(padded(startInfo, to: codeOffset) + code, to: size - 16) + padded(jump, to: 16)
  }

  private static func code(entry: UInt32) -> [UInt8] {
    let base = UInt32(startInfoAddress)
    // Where the processor sees the ROM at all times: this code runs there.
    let rom = UInt32.max - UInt32(size) + 1
    let tableOffset = codeOffset + 0xc0
    let protected = codeOffset + 0x20
    let start: [UInt8] =
      [0xfa]  // cli
      + [0x66, 0x2e, 0x0f, 0x01, 0x16] + little(UInt16(tableOffset + 24))  // lgdtl %cs:pointer
      + [0x0f, 0x20, 0xc0, 0x0c, 0x01, 0x0f, 0x22, 0xc0]  // cr0 |= PE
      + [0x66, 0xea] + little(rom + UInt32(protected)) + [0x08, 0x00]  // ljmpl $8, $protected
    let handOver: [UInt8] =
      [0xb8] + little(0x10) + [0x8e, 0xd8, 0x8e, 0xc0, 0x8e, 0xd0]  // %ds, %es, %ss = 0x10
      + [0x8e, 0xe0, 0x8e, 0xe8]  // %fs, %gs = 0x10
      // Memory in place of the ROM below 1 MiB, and the ROM's bytes in it. Source: Intel, 3 Series Express
      // Chipset, register PAM0 of device 0.
      + writePCI(device: 0, register: 0x90, 0x30)
      + [0xfc, 0xbe] + little(rom) + [0xbf] + little(base)  // cld; %esi = rom; %edi = base
      + [0xb9] + little(UInt32(size / 4)) + [0xf3, 0xa5]  // %ecx = words; rep movsl
      // The ports by which a guest powers a PC off are where firmware puts them: QEMU's q35, device
      // 31, registers PMBASE and ACPI_CNTL. Source: QEMU, `hw/isa/lpc_ich9.c`.
      + writePCI(device: 31, register: 0x40, 0x601)
      + writePCI(device: 31, register: 0x44, 0x80)
      + [0xbb] + little(base)  // %ebx = start info
      + [0xb8] + little(entry) + [0xff, 0xe0]  // jmp entry
    // Marked as accessed: the processor would mark them itself, and a ROM does not take that.
    let table: [UInt8] =
      [0, 0, 0, 0, 0, 0, 0, 0]
      + [0xff, 0xff, 0, 0, 0, 0x9b, 0xcf, 0]  // 8: code, 4 GiB
      + [0xff, 0xff, 0, 0, 0, 0x93, 0xcf, 0]  // 16: data, 4 GiB
      + little(UInt16(23)) + little(rom + UInt32(tableOffset))
    return padded(padded(start, to: 0x20) + handOver, to: 0xc0) + table
  }

  private static func writePCI(device: UInt32, register: UInt32, _ value: UInt32) -> [UInt8] {
    let address = 0x8000_0000 | device << 11 | register
    return [0x66, 0xba, 0xf8, 0x0c, 0xb8] + little(address) + [0xef]  // 0xcf8: address
      + [0xb2, 0xfc, 0xb8] + little(value) + [0xef]  // 0xcfc: value
  }

  private static func little<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
  }

  private static func little(_ number: UInt32) -> [UInt8] {
    withUnsafeBytes(of: number.littleEndian) { Array($0) }
  }

  private static func padded(_ bytes: [UInt8], to count: Int) -> [UInt8] {
    precondition(bytes.count <= count)
    return bytes + [UInt8](repeating: 0, count: count - bytes.count)
  }
}

/// The smallest file that QEMU's multiboot loader takes.
///
/// A restored machine never boots, but it must have the loader's option ROM, for the saved state
/// includes it. Handing it Xen and dom0 again would cost reading them.
enum MultibootStub {
  static var bytes: [UInt8] {
    let magic: UInt32 = 0x1bad_b002
    // The header has the addresses; the file need not be ELF.
    let flags: UInt32 = 1 << 16
    let address: UInt32 = 0x10_0000
    let size: UInt32 = 4096
    let header = [
      magic, flags, 0 &- magic &- flags, address, address, address + size, address + size, address,
    ]
    let bytes = header.flatMap { word in withUnsafeBytes(of: word.littleEndian) { Array($0) } }
    return bytes + [UInt8](repeating: 0, count: Int(size) - bytes.count)
  }
}
