// SPDX-License-Identifier: Apache-2.0

import XenABI

/// A note as it stands in a file, padded to 4 bytes; C name: `Elf64_Nhdr` and what follows it.
struct NoteBytes {
  let bytes: [UInt8]

  init(owner: String, type: UInt32, descriptor: [UInt8]) {
    let owner = Array(owner.utf8) + [0]
    bytes =
      littleEndian(UInt64(owner.count), 4) + littleEndian(UInt64(descriptor.count), 4)
      + littleEndian(UInt64(type), 4) + owner + [UInt8](repeating: 0, count: -owner.count & 3)
      + descriptor + [UInt8](repeating: 0, count: -descriptor.count & 3)
  }

  init(owner: String, type: XenNoteType, descriptor: [UInt8]) {
    self.init(owner: owner, type: type.rawValue, descriptor: descriptor)
  }
}
