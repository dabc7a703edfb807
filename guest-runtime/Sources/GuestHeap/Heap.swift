// SPDX-License-Identifier: Apache-2.0

/// A general-purpose heap in one or more regions of memory: first fit, boundary tags, immediate
/// coalescing.
///
/// Only the headers of blocks in use or on the free list are touched, so a large region costs
/// nothing until it is used. Each region ends in a fence: a header that says "used", so that no
/// block is ever joined with what follows.
@safe public struct Heap {
  /// The free block that came back last: the head of a list of all of them.
  var firstFree: UnsafeMutableRawPointer?
  /// The end of the region that came last, after its fence.
  private var end: UnsafeMutableRawPointer?

  /// Bytes in use now, headers included.
  public private(set) var usedBytes = 0
  /// The most bytes that were in use at one time, headers included.
  public private(set) var highWaterMark = 0
  /// Bytes that the regions offer, headers included and fences not.
  public private(set) var capacity = 0

  /// A heap without memory.
  public init() {}

  /// Adds a region, whose bytes need not be zero; one that begins where the last one ended becomes
  /// one with it.
  ///
  /// - Precondition: nothing else uses the region as long as the heap exists, it begins and ends at a
  ///   multiple of 16, is not at address 0, and has at least 64 bytes.
  @unsafe public mutating func extend(with region: UnsafeMutableRawBufferPointer) {
    guard let start = region.baseAddress, region.count >= 2 * HeapBlock.minimumSize else { return }
    let newEnd = unsafe start + region.count
    // SAFETY (all): the region is ours, and so is the fence before it.
    let joins = unsafe start == end
    let block = unsafe HeapBlock(at: joins ? start - HeapBlock.headerSize : start)
    let size = unsafe newEnd - block.address - HeapBlock.headerSize
    block.format(size: size, previousSize: joins ? block.previousSize : 0, isUsed: true)
    block.successor.format(size: HeapBlock.headerSize, previousSize: size, isUsed: true)
    unsafe end = newEnd
    capacity += size
    usedBytes += size
    unsafe free(block.payload)
  }

  /// Finds room for `size` bytes at a multiple of `alignment`, and of 16; nil when there is none. The
  /// bytes are not zero.
  ///
  /// - Precondition: `alignment` is a power of two.
  @inline(never)
  public mutating func allocate(size: Int, alignment: Int) -> UnsafeMutableRawPointer? {
    guard size >= 0, size < capacity, alignment < capacity else { return nil }
    let wanted = HeapBlock.size(forPayload: size)
    var candidate = unsafe firstFree
    while let address = unsafe candidate {
      // SAFETY: addresses on the free list are headers that we formatted.
      let block = unsafe HeapBlock(at: address)
      let front = block.gap(forPayloadAlignment: max(alignment, HeapBlock.alignment))
      if front + wanted <= block.size {
        return unsafe take(block, skipping: front, size: wanted)
      }
      unsafe candidate = block.nextFree
    }
    return nil
  }

  /// Gives back what `allocate` returned.
  ///
  /// - Precondition: `payload` came from this heap and was not freed before.
  @unsafe public mutating func free(_ payload: UnsafeMutableRawPointer) {
    var block = unsafe checkedBlock(ofPayload: payload)
    usedBytes -= block.size
    block.isUsed = false
    let next = block.successor
    if !next.isUsed {
      remove(next)
      block.size += next.size
    }
    if let previous = block.predecessor, !previous.isUsed {
      remove(previous)
      previous.size += block.size
      block = previous
    }
    block.successor.previousSize = block.size
    insert(block)
  }

  /// How many bytes the owner of `payload` may really use: at least what was asked for.
  ///
  /// - Precondition: `payload` came from this heap and was not freed.
  @unsafe public func usableSize(of payload: UnsafeMutableRawPointer) -> Int {
    unsafe checkedBlock(ofPayload: payload).size - HeapBlock.headerSize
  }
}

// MARK: - Blocks

extension Heap {
  /// Marks part of a free block as used; what is left before and after stays free.
  private mutating func take(
    _ free: HeapBlock, skipping front: Int, size wanted: Int
  ) -> UnsafeMutableRawPointer {
    remove(free)
    var block = free
    if front > 0 {
      block = split(block, at: front)
      insert(free)
    }
    if block.size - wanted >= HeapBlock.minimumSize {
      insert(split(block, at: wanted))
    }
    block.isUsed = true
    usedBytes += block.size
    highWaterMark = max(highWaterMark, usedBytes)
    return unsafe block.payload
  }

  /// Cuts a block in two; returns the second, which is free and on no list.
  private func split(_ block: HeapBlock, at offset: Int) -> HeapBlock {
    // SAFETY: the caller leaves at least a smallest block on either side.
    let second = unsafe HeapBlock(at: block.address + offset)
    second.format(size: block.size - offset, previousSize: offset, isUsed: false)
    block.size = offset
    second.successor.previousSize = second.size
    return second
  }

  /// Whether the heap has given this memory away and not got it back; false, too, if what lies before it
  /// was overwritten.
  @unsafe public func isInUse(_ payload: UnsafeMutableRawPointer) -> Bool {
    let block = unsafe HeapBlock(at: payload - HeapBlock.headerSize)
    return block.isUsed && block.successor.previousSize == block.size
  }

  private func checkedBlock(ofPayload payload: UnsafeMutableRawPointer) -> HeapBlock {
    precondition(
      unsafe isInUse(payload),
      "this memory is not from the heap, was freed before, or its header was overwritten")
    return unsafe HeapBlock(at: payload - HeapBlock.headerSize)
  }
}

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
