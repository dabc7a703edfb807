// SPDX-License-Identifier: Apache-2.0

/// The list of free blocks, linked both ways through the blocks themselves.
extension Heap {
  /// The most bytes that one allocation can have now, its header not counted. Walks the list of free
  /// blocks.
  public var largestFreeBlock: Int {
    var largest = 0
    var candidate = unsafe firstFree
    while let address = unsafe candidate {
      // SAFETY: addresses on the free list are headers that we formatted.
      let block = unsafe HeapBlock(at: address)
      largest = max(largest, block.size - HeapBlock.headerSize)
      unsafe candidate = block.nextFree
    }
    return largest
  }

  /// Puts a block that is not in use at the head of the list.
  mutating func insert(_ block: HeapBlock) {
    unsafe block.nextFree = firstFree
    unsafe block.previousFree = nil
    if let head = unsafe firstFree { unsafe HeapBlock(at: head).previousFree = block.address }
    unsafe firstFree = block.address
  }

  /// Takes a block out of the list.
  mutating func remove(_ block: HeapBlock) {
    if let previous = unsafe block.previousFree {
      unsafe HeapBlock(at: previous).nextFree = block.nextFree
    } else {
      unsafe firstFree = block.nextFree
    }
    if let next = unsafe block.nextFree {
      unsafe HeapBlock(at: next).previousFree = block.previousFree
    }
  }
}
