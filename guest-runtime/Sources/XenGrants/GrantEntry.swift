// SPDX-License-Identifier: Apache-2.0

import Synchronization
import XenABI

/// Bits of an entry's flags. C names: `GTF_*`.
enum GrantFlags {
  /// `GTF_permit_access`.
  static var permit: UInt16 { 1 }
  /// `GTF_readonly`.
  static var readOnly: UInt16 { 4 }
  /// `GTF_reading` and `GTF_writing`: set by Xen as long as the page is mapped.
  static var inUse: UInt16 { 0x18 }
}

/// 512 entries of the table, in a page that Xen reads, and writes to.
@safe struct GrantFrame {
  static var entryCount: Int { 512 }
  private let page: UnsafeMutableRawPointer

  /// The entries at `page`, which has 4 KiB and stays mapped.
  @unsafe init(page: UnsafeMutableRawPointer) { unsafe self.page = page }

  /// An entry by its place, below 512.
  func entry(_ place: Int) -> GrantEntry {
    precondition(place >= 0 && place < Self.entryCount)
    // SAFETY: within the page, as just checked.
    return unsafe GrantEntry(address: page + place * 8)
  }
}

/// One entry. C name: `struct grant_entry_v1`: flags and domain of 16 bits each, then a frame of 32.
@safe struct GrantEntry {
  private let address: UnsafeMutableRawPointer

  @unsafe init(address: UnsafeMutableRawPointer) { unsafe self.address = address }

  /// Xen looks at the flags first: they are written last.
  func open(to domain: DomainID, frame: UInt32, flags: UInt16) {
    // SAFETY (both): within the entry, aligned.
    unsafe address.storeBytes(of: domain.rawValue, toByteOffset: 2, as: UInt16.self)
    unsafe address.storeBytes(of: frame, toByteOffset: 4, as: UInt32.self)
    withFlags { $0.store(flags, ordering: .releasing) }
  }

  /// Clears the flags, unless the page is in use.
  ///
  /// - Returns: Whether they are cleared.
  func close() -> Bool {
    withFlags { flags in
      var seen = flags.load(ordering: .acquiring)
      while seen & GrantFlags.inUse == 0 {
        let (isDone, now) = flags.compareExchange(
          expected: seen, desired: 0, ordering: .sequentiallyConsistent)
        if isDone { return true }
        seen = now
      }
      return false
    }
  }

  /// SAFETY: at the entry's start, aligned; `Atomic<UInt16>` has the layout of the C field.
  private func withFlags<Result>(_ body: (borrowing Atomic<UInt16>) -> Result) -> Result {
    unsafe body(address.assumingMemoryBound(to: Atomic<UInt16>.self).pointee)
  }
}
