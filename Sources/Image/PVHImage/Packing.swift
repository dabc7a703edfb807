// SPDX-License-Identifier: Apache-2.0

public import Unpacking

/// What is wrapped around an image's ELF file.
public enum Packing: Equatable, Sendable {
  /// Nothing: the file is the ELF file.
  case none
  /// The whole file is packed with gzip, which libxenguest unpacks.
  case gzip
  /// The file is a Linux boot image with a packed ELF file inside.
  case bzImage(Compression)
}

/// The part of a file that has to be unpacked to reach its ELF file.
struct PackedPart {
  let packing: Packing
  let compression: Compression
  /// File offset of the packed bytes.
  let offset: UInt64
  /// Packed bytes.
  let size: UInt64
  /// More bytes than this are not unpacked.
  let limit: UInt64

  /// Looks at a file's first bytes; nil for a file that nobody would unpack.
  init?(of file: borrowing ImageFile) throws(ImageError) {
    let start = try file.bytes(at: 0, count: Self.setupHeaderEnd)
    if Compression(magic: start) == .gzip {
      packing = .gzip
      compression = .gzip
      offset = 0
      size = file.size
      limit = try Self.gzipLimit(of: file)
      return
    }
    guard let range = Self.payload(start) else { return nil }
    let end = range.offset.addingSaturated(range.size)
    guard end <= file.size else {
      throw ImageError(
        file: file.name,
        finding: Finding(
          .damagedPacking,
          "is cut short: the packed kernel needs \(counted(range.size, "byte")) at "
            + "\(hex(range.offset)), the file has \(counted(file.size, "byte"))",
          offset: 0x248, remedy: "Copy the kernel again."))
    }
    guard range.size > 0 else {
      throw ImageError(
        file: file.name,
        finding: Finding(
          .damagedPacking, "has a packed kernel of 0 bytes", offset: 0x24c,
          remedy: "Use the vmlinux that the kernel was made from."))
    }
    let magic = try file.bytes(at: range.offset, count: 6)
    guard let compression = Compression(magic: magic) else {
      throw ImageError(
        file: file.name,
        finding: Finding(
          .damagedPacking, "has a packed kernel that begins with \(hex(magic)), an unknown format",
          offset: range.offset, remedy: "Use the vmlinux that the kernel was made from."))
    }
    packing = .bzImage(compression)
    self.compression = compression
    (offset, size) = range
    limit = PVHImage.fileSizeLimit
  }

  /// What libxenguest makes room for: what the file's last four bytes say, and 16 bytes.
  ///
  /// Source: `xc_dom_check_gzip` in `tools/libs/guest/xg_dom_core.c`.
  private static func gzipLimit(of file: borrowing ImageFile) throws(ImageError) -> UInt64 {
    guard file.size >= 6 else { return PVHImage.fileSizeLimit }
    let end = file.size - 4
    let announced = try file.bytes(at: end, count: 4).littleEndian(at: 0, count: 4)
    guard announced <= PVHImage.fileSizeLimit else {
      throw ImageError(
        file: file.name,
        finding: Finding(
          .damagedPacking,
          "is cut short or has something behind it: its last bytes say that it unpacks to "
            + "\(announced) bytes, more than libxenguest takes",
          offset: end))
    }
    return announced + 16
  }

  /// Bytes up to the end of the fields below.
  private static var setupHeaderEnd: Int { 0x250 }

  /// Where a Linux boot image has its packed kernel; from version 2.08 of the boot protocol on.
  ///
  /// Source: Linux, `Documentation/arch/x86/boot.rst`, fields `setup_sects`, `header`, `version`,
  /// `payload_offset`, `payload_length`.
  private static func payload(_ start: [UInt8]) -> (offset: UInt64, size: UInt64)? {
    guard start.count == setupHeaderEnd, Array(start[0x202..<0x206]) == Array("HdrS".utf8),
      start.littleEndian(at: 0x206, count: 2) >= 0x208
    else { return nil }
    // Old boot loaders left 0 for 4.
    let sectors = start[0x1f1] == 0 ? 4 : UInt64(start[0x1f1])
    let offset = (sectors + 1) * 512 + start.littleEndian(at: 0x248, count: 4)
    return (offset, start.littleEndian(at: 0x24c, count: 4))
  }
}
