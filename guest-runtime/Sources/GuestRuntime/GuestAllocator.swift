// SPDX-License-Identifier: Apache-2.0

import GuestHeap

/// The heap behind Swift's allocations, made when something is first allocated.
enum GuestAllocator {
  nonisolated(unsafe) private static var heap: Heap?

  /// Memory for what Swift allocates; a guest that has none left ends as crashed.
  static func allocate(size: Int, alignment: Int) -> UnsafeMutableRawPointer {
    if unsafe heap == nil { makeHeap() }
    guard let memory = unsafe heap?.allocate(size: size, alignment: alignment) else {
      Lifecycle.crash("out of memory: give the domain more (pvh run --memory)")
    }
    return unsafe memory
  }

  /// Gives memory back.
  static func free(_ payload: UnsafeMutableRawPointer) {
    // SAFETY: the compiler frees only what it allocated; the heap traps on anything else.
    unsafe heap?.free(payload)
  }

  private static func makeHeap() {
    let range = GuestMemory.heapRange(BootInformation.read())
    guard range.count >= 4096 else { return }
    // SAFETY: mapped one to one, RAM, and behind everything that is in use.
    unsafe heap = Heap(
      region: UnsafeMutableRawBufferPointer(
        start: UnsafeMutableRawPointer(bitPattern: UInt(range.lowerBound)), count: range.count))
  }
}

/// Called by `posix_memalign` (CGuestSupport).
@c(guest_heap_allocate)
func guestHeapAllocate(_ size: Int, _ alignment: Int) -> UnsafeMutableRawPointer {
  unsafe GuestAllocator.allocate(size: size, alignment: alignment)
}

/// Called by `free` (CGuestSupport).
@c(guest_heap_free)
func guestHeapFree(_ payload: UnsafeMutableRawPointer) {
  unsafe GuestAllocator.free(payload)
}
