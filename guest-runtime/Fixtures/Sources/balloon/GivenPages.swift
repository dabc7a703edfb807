// SPDX-License-Identifier: Apache-2.0

import GuestMachine
import GuestRuntime
import XenABI

/// Pages of the heap that Xen has back.
///
/// Source: `XENMEM_decrease_reservation` and `XENMEM_populate_physmap` in `xen/include/public/memory.h`.
struct GivenPages {
  private var pages: [UnsafeMutableRawPointer] = []
  /// How often Xen, or the heap, refused one.
  private(set) var refused = 0

  /// What the domain has of Xen now. C name: `XENMEM_current_reservation`.
  static var reservationKiB: UInt64 {
    var domain = UInt64(DomainID.own.rawValue)
    return UInt64(max(0, Xen.call(.memory, 3, &domain))) * 4
  }

  /// How many there are.
  var count: Int { pages.count }

  /// Gives pages back or takes them again, until there are as many as wanted, or `step` were moved, or one
  /// is refused.
  mutating func approach(_ wanted: Int, step: Int, heap: GuestMemory) {
    var moved = 0
    while pages.count != wanted, moved < step {
      if pages.count < wanted {
        // The guest needs some itself.
        guard heap.heap.freeBytes > 1 << 20 else {
          refused += 1
          return
        }
        let page = UnsafeMutableRawPointer.allocate(byteCount: 4096, alignment: 4096)
        guard move(page, operation: 1) else {
          page.deallocate()
          refused += 1
          return
        }
        pages.append(page)
      } else {
        guard let page = pages.last, move(page, operation: 6) else {
          refused += 1
          return
        }
        pages.removeLast()
        page.deallocate()
      }
      moved += 1
    }
  }

  /// One page to Xen (1) or from it (6); whether Xen did it.
  private func move(_ page: UnsafeMutableRawPointer, operation: UInt64) -> Bool {
    var frame = UInt64(UInt(bitPattern: page)) >> 12
    return withUnsafeMutablePointer(to: &frame) { frame in
      var argument = Reservation(frames: UInt64(UInt(bitPattern: frame)))
      return Xen.call(.memory, operation, &argument) == 1
    }
  }
}

/// C name: `struct xen_memory_reservation`.
private struct Reservation: BitwiseCopyable {
  /// Address of an array of frame numbers. C name: `extent_start`.
  var frames: UInt64
  /// C name: `nr_extents`.
  var count: UInt64 = 1
  /// Each is 2 to this many pages. C name: `extent_order`.
  var order: UInt32 = 0
  /// C name: `mem_flags`.
  var flags: UInt32 = 0
  /// C name: `domid`.
  var domain: UInt16 = DomainID.own.rawValue
}
