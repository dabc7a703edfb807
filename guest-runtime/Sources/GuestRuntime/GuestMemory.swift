// SPDX-License-Identifier: Apache-2.0

import GuestBoot
import GuestHeap
import XenABI

/// The domain's memory.
public struct GuestMemory: Sendable {
  package init() {}

  /// How the heap is doing now. Looks through all free blocks.
  public var heap: HeapStatus { HeapStatus.now }

  /// Bytes of the heap in use now: of `heap`, what takes no time to know.
  public var usedBytes: Int { unsafe GuestAllocator.heap.usedBytes }
}

extension GuestMemory {
  /// A page of its own, all zero; nil if there is not enough memory. It is freed with `deallocate`.
  package static func takePage() -> UnsafeMutableRawPointer? {
    guard
      let page = unsafe GuestAllocator.allocate(
        size: PageLayout.size, alignment: PageLayout.size)
    else { return nil }
    unsafe page.initializeMemory(as: UInt8.self, repeating: 0, count: PageLayout.size)
    return unsafe page
  }
}

/// How the heap is doing: everything that Swift and C code allocate comes from it.
public struct HeapStatus: Equatable, Sendable {
  /// Bytes in use, with 16 bytes of header for each allocation.
  public let usedBytes: Int
  /// The most bytes that were in use at one time.
  public let highWaterMark: Int
  /// Bytes that there are in all, used or free.
  public let capacity: Int
  /// The most bytes that one allocation can have now. Less than what is free if that is in pieces.
  public let largestFreeBlock: Int

  /// Bytes that are free, in one piece or in many.
  public var freeBytes: Int { capacity - usedBytes }

  static var now: HeapStatus {
    let heap = unsafe GuestAllocator.heap
    return HeapStatus(
      usedBytes: heap.usedBytes, highWaterMark: heap.highWaterMark, capacity: heap.capacity,
      largestFreeBlock: heap.largestFreeBlock)
  }
}

/// An allocation that could not be made, and what there was.
struct OutOfMemory {
  let size: Int
  let heap: HeapStatus

  /// Ends the domain as crashed, with the figures.
  func crash() -> Never {
    var report = CrashReport("out of memory: ")
    report.append(decimal: size)
    report.append(" bytes wanted, ")
    report.append(decimal: heap.freeBytes)
    report.append(" free, ")
    report.append(decimal: heap.largestFreeBlock)
    report.append(" in one piece; give the domain more (pvh run --memory)\n")
    report.deliver()
  }
}

/// The heap for Swift's and C's allocations. The first allocation gives it all free memory.
enum GuestAllocator {
  nonisolated(unsafe) static var heap = Heap()

  /// Memory for what Swift and C allocate; nil if there is not enough.
  static func allocate(size: Int, alignment: Int) -> UnsafeMutableRawPointer? {
    if unsafe heap.capacity == 0 { findMemory() }
    return unsafe heap.allocate(size: size, alignment: alignment)
  }

  /// Gives the heap all free memory: first what the boot code mapped, then, with page tables out of
  /// that, what lies above.
  private static func findMemory() {
    let boot = BootInformation.read()
    // Xen's builder puts these where no RAM is; others may not.
    let console = unsafe UInt64(XenPages.consoleAddress)
    let store = unsafe XenPages.areAbsent ? 0 : XenHypercalls.parameter(.storeFrame) ?? 0
    // Page zero, and the image with its stacks and page tables, lie below.
    var position = (UInt64(boot_image_end()) + 4095) & ~4095
    func considerAll(for memory: inout FreeMemory) {
      boot.considerAll(for: &memory)
      memory.use(console, 4096)
      memory.use(store << 12, 4096)
    }
    while let free = FreeMemory.next(from: position, considerAll: considerAll),
      let end = PageTables.map(free)
    {
      // SAFETY: mapped one to one, RAM, and nothing is in it.
      unsafe heap.extend(
        with: UnsafeMutableRawBufferPointer(
          start: UnsafeMutableRawPointer(bitPattern: UInt(free.lowerBound)),
          count: Int(end - free.lowerBound)))
      position = end
    }
  }
}

// MARK: - Called by the allocation functions of C (CGuestSupport)

@c(guest_heap_allocate)
func guestHeapAllocate(_ size: Int, _ alignment: Int) -> UnsafeMutableRawPointer? {
  unsafe GuestAllocator.allocate(size: size, alignment: alignment)
}

@c(guest_heap_free)
func guestHeapFree(_ payload: UnsafeMutableRawPointer) {
  // SAFETY: the caller frees only what it allocated; anything else ends the domain.
  guard unsafe GuestAllocator.heap.isInUse(payload) else {
    Lifecycle.crash("memory freed twice, or overwritten before its start")
  }
  unsafe GuestAllocator.heap.free(payload)
}

@c(guest_heap_usable_size)
func guestHeapUsableSize(_ payload: UnsafeMutableRawPointer) -> Int {
  // SAFETY: as above.
  unsafe GuestAllocator.heap.usableSize(of: payload)
}

@c(guest_heap_out_of_memory)
func guestHeapOutOfMemory(_ size: Int) -> Never {
  OutOfMemory(size: size, heap: HeapStatus.now).crash()
}
