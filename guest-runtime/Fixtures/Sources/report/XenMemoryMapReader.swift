// SPDX-License-Identifier: Apache-2.0

import GuestMachine
import XenABI

/// The memory map that Xen keeps. C name: `XENMEM_memory_map`.
enum XenMemoryMapReader {
  /// Its entries, 128 at most; none if Xen refuses.
  static var entries: [MemoryMapEntry] {
    let bytes = [UInt8](repeating: 0, count: 128 * E820EntryLayout.size)
    return bytes.withUnsafeBytes { bytes in
      let start = UInt64(UInt(bitPattern: bytes.baseAddress))
      var argument = MemoryMapArgument(entryCount: 128, buffer: start)
      guard Xen.call(.memory, HypercallOperation.memoryMap, &argument) == 0 else { return [] }
      return (0..<min(128, Int(argument.entryCount))).map { position in
        let offset = position * E820EntryLayout.size
        var entry = MemoryMapEntry()
        entry.address = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
        entry.size = bytes.loadUnaligned(
          fromByteOffset: offset + E820EntryLayout.length, as: UInt64.self)
        entry.kind = bytes.loadUnaligned(
          fromByteOffset: offset + E820EntryLayout.kind, as: UInt32.self)
        return entry
      }
    }
  }
}
