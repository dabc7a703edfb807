// SPDX-License-Identifier: Apache-2.0

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
