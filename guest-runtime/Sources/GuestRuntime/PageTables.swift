// SPDX-License-Identifier: Apache-2.0

import Boot
import GuestHeap

/// The CPU's page tables above what the boot code fills: memory above 1 GiB.
///
/// Source of the entries: AMD64 manual, volume 2, 5.3.
enum PageTables {
  /// Maps `range`, or as much of it as lies in the GiB that it begins in, one to one: writable and
  /// never executed, in 2 MiB pages.
  ///
  /// - Returns: the end of what is mapped; nil if the heap has no page for a table.
  /// - Precondition: the range is not empty and lies in the first 512 GiB.
  static func map(_ range: Range<UInt64>) -> UInt64? {
    var page = range.lowerBound & ~0x1f_ffff
    let end = min(range.upperBound, (page | 0x3fff_ffff) &+ 1)
    // The boot code has mapped the first GiB.
    guard page >= 0x4000_0000 else { return end }
    // SAFETY (all): the boot code's table of 512 entries, and tables of as many.
    let entry = unsafe boot_page_directory_pointers() + Int(page >> 30)
    if unsafe entry.pointee == 0 {
      guard let table = unsafe GuestAllocator.heap.allocate(size: 4096, alignment: 4096)
      else { return nil }
      unsafe table.initializeMemory(as: UInt8.self, repeating: 0, count: 4096)
      // Present, writable.
      unsafe entry.pointee = UInt64(UInt(bitPattern: table)) | 3
    }
    let directory = unsafe UnsafeMutablePointer<UInt64>(bitPattern: UInt(entry.pointee & ~4095))
    while page < end {
      // Present, writable, 2 MiB, never executed.
      unsafe directory?[Int(page >> 21 & 511)] = page | 0x8000_0000_0000_0083
      page &+= 0x20_0000
    }
    return end
  }
}
