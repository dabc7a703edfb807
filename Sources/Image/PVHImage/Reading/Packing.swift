// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSystem
public import ImageUnpacking
import SystemPackage

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

extension ImageFile {
  /// An ELF file that was packed, in memory of its own, under the name of the file it was in.
  ///
  /// libxenguest unpacks no more than 1 GiB; C name: `XC_DOM_DECOMPRESS_MAX`.
  func unpacked(_ part: PackedPart) throws(ImageError) -> ImageFile {
    let descriptor: CInt
    do throws(Errno) {
      descriptor = try MemoryFile(name: "image").takeDescriptor().rawValue
    } catch {
      throw ImageError(file: name, finding: .notRead(error.rawValue, offset: nil))
    }
    do throws(ImageError) {
      try unpack(part, to: descriptor)
      return try .adopt(descriptor, name: name)
    } catch {
      close(descriptor)
      throw error
    }
  }

  private func unpack(_ part: PackedPart, to descriptor: CInt) throws(ImageError) {
    var position = part.offset
    let end = part.offset.addingSaturated(part.size)
    let source = self.descriptor
    let name = name
    do {
      try Unpacker.unpack(part.compression, limit: part.limit) {
        let count = Int(min(UInt64(1 << 16), end - min(position, end)))
        guard count > 0 else { return [] }
        // The descriptor is borrowed for the time of the call; `self` cannot be captured.
        let bytes = try ImageFile.read(source, name: name, at: position, count: count)
        position += UInt64(bytes.count)
        return bytes
      } to: { bytes in
        try Self.write(bytes, to: descriptor, name: name)
      }
    } catch let error as ImageError {
      throw error
    } catch let error as UnpackingError {
      throw ImageError(file: name, finding: .notUnpacked(error, offset: part.offset))
    } catch {
      throw ImageError(file: name, finding: .notRead(EIO, offset: part.offset))
    }
  }

  private static func write(
    _ bytes: UnsafeRawBufferPointer, to descriptor: CInt, name: String
  ) throws(ImageError) {
    var rest = bytes
    while !rest.isEmpty {
      let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
      guard count > 0 else {
        if errno == EINTR { continue }
        throw ImageError(file: name, finding: .notRead(errno, offset: nil))
      }
      rest = UnsafeRawBufferPointer(rebasing: rest[count...])
    }
  }
}

extension Finding {
  fileprivate static func notUnpacked(_ error: UnpackingError, offset: UInt64) -> Finding {
    let (rule, remedy): (Rule, String?) =
      switch error {
      case .unsupported: (.unsupportedPacking, nil)
      case .tooLarge:
        (.damagedPacking, "No launcher unpacks that much; strip the kernel before packing it.")
      case .outOfMemory: (.damagedPacking, "Unpack it on a machine with more memory.")
      case .damaged, .truncated: (.damagedPacking, nil)
      }
    return Finding(rule, error.description, offset: offset, remedy: remedy)
  }
}
