// SPDX-License-Identifier: Apache-2.0

import XenABI

/// The memory map that Xen itself keeps, for domain builders that give none in start info.
enum XenMemoryMap {
  /// More entries than any PVH domain has.
  private static var capacity: Int { 16 }

  /// Lends the entries, laid out as in `E820EntryLayout`; nothing if Xen refuses.
  @inline(never)
  static func withEntries(_ body: (UnsafeRawBufferPointer) -> Void) {
    var entries = [320 of UInt8](repeating: 0)
    unsafe withUnsafeMutableBytes(of: &entries) { bytes in
      var argument = MemoryMapArgument(
        entryCount: UInt32(capacity), buffer: UInt64(UInt(bitPattern: bytes.baseAddress)))
      guard
        let _ = try? XenHypercalls.issue(
          .memory, HypercallOperation.memoryMap, &argument)
      else { return }
      let count = min(Int(argument.entryCount), capacity) * E820EntryLayout.size
      unsafe body(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
    }
  }
}
