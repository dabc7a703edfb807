// SPDX-License-Identifier: Apache-2.0

/// Whether a boot loader would take a file for a Multiboot (version 1) kernel.
enum MultibootHeader {
  /// Where the header may be at most; source: Multiboot specification, "OS image format".
  private static var searchedSize: Int { 8192 }
  /// The three words that must be there: magic, flags, checksum.
  private static var size: Int { 12 }

  /// The header's file offset.
  static func offset(in file: borrowing ImageFile) throws(ImageError) -> UInt64? {
    let bytes = try file.bytes(at: 0, count: searchedSize)
    for offset in stride(from: 0, through: bytes.count - size, by: 4)
    where bytes[offset] == 0x02 && bytes.littleEndian(at: offset, count: 4) == 0x1bad_b002 {
      let sum = stride(from: 0, to: size, by: 4).reduce(UInt64(0)) {
        $0 + bytes.littleEndian(at: offset + $1, count: 4)
      }
      if sum & 0xffff_ffff == 0 { return UInt64(offset) }
    }
    return nil
  }
}
