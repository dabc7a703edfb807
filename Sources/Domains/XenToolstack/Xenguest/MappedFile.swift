// SPDX-License-Identifier: Apache-2.0

import DomainModel
import Glibc
import SystemPackage

/// The content of a file in memory, for reading.
final class MappedFile {
  /// The content.
  let bytes: UnsafeRawBufferPointer

  /// Maps a file, which is to stay as it is meanwhile.
  init(_ file: ImageFile) throws(ToolstackError) {
    guard file.byteCount > 0 else {
      bytes = UnsafeRawBufferPointer(start: nil, count: 0)
      return
    }
    let start = mmap(nil, file.byteCount, PROT_READ, MAP_PRIVATE, file.descriptor.rawValue, 0)
    guard let start, start != MAP_FAILED else {
      throw ToolstackError(call: "mapping \(file.byteCount) bytes of an image")
    }
    bytes = UnsafeRawBufferPointer(start: start, count: file.byteCount)
  }

  deinit {
    if let start = bytes.baseAddress {
      munmap(UnsafeMutableRawPointer(mutating: start), bytes.count)
    }
  }
}
