// SPDX-License-Identifier: Apache-2.0

import CHostSupport
import Glibc
import Unpacking

extension ImageFile {
  /// An ELF file that was packed, in memory of its own, under the name of the file it was in.
  ///
  /// libxenguest unpacks no more than 1 GiB; C name: `XC_DOM_DECOMPRESS_MAX`.
  func unpacked(_ part: PackedPart) throws(ImageError) -> ImageFile {
    let descriptor = pvh_memory_file("image")
    guard descriptor >= 0 else {
      throw ImageError(file: name, finding: .notRead(errno, offset: nil))
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
