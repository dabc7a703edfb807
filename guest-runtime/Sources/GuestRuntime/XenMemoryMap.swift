// SPDX-License-Identifier: Apache-2.0

import XenABI

/// The memory map that Xen itself keeps, for domain builders that give none in start info.
enum XenMemoryMap {
  /// More entries than any PVH domain has.
  private static var capacity: Int { 16 }

  /// Lends each entry; none if Xen refuses.
  static func forEachEntry(_ body: (MemoryMapEntry) -> Void) {
    var entries = [320 of UInt8](repeating: 0)
    unsafe withUnsafeMutableBytes(of: &entries) { bytes in
      var argument = MemoryMapArgument(
        entryCount: UInt32(capacity), buffer: UInt64(UInt(bitPattern: bytes.baseAddress)))
      guard
        let _ = try? XenHypercalls.issue(
          .memory, HypercallOperation.memoryMap, &argument)
      else { return }
      for position in 0..<min(Int(argument.entryCount), capacity) {
        let offset = position * E820EntryLayout.size
        var entry = MemoryMapEntry()
        entry.address = unsafe bytes.loadUnaligned(
          fromByteOffset: offset + E820EntryLayout.address, as: UInt64.self)
        entry.size = unsafe bytes.loadUnaligned(
          fromByteOffset: offset + E820EntryLayout.length, as: UInt64.self)
        entry.kind = unsafe bytes.loadUnaligned(
          fromByteOffset: offset + E820EntryLayout.kind, as: UInt32.self)
        body(entry)
      }
    }
  }
}
