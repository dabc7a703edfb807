// SPDX-License-Identifier: Apache-2.0

import GuestHeap

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

  /// The status at this moment.
  static var now: HeapStatus {
    let heap = unsafe GuestAllocator.heap
    return HeapStatus(
      usedBytes: heap.usedBytes, highWaterMark: heap.highWaterMark, capacity: heap.capacity,
      largestFreeBlock: heap.largestFreeBlock)
  }
}
