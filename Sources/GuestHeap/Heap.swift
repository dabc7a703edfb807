// SPDX-License-Identifier: Apache-2.0

/// A general-purpose heap in one region of memory: first fit, boundary tags, immediate coalescing.
///
/// Only the headers of blocks in use or on the free list are touched, so a large region costs
/// nothing until it is used.
@safe public struct Heap {
  /// The region's first and one-past-last addresses, 16-byte aligned.
  private let start: UnsafeMutableRawPointer
  private let end: UnsafeMutableRawPointer
  private var firstFree: UnsafeMutableRawPointer?

  /// Bytes in use now, headers included.
  public private(set) var usedBytes = 0
  /// The most bytes that were in use at one time, headers included.
  public private(set) var highWaterMark = 0
  /// Bytes that the region offers, headers included.
  public var capacity: Int { unsafe end - start }

  /// A heap in `region`, whose bytes need not be zero.
  ///
  /// - Precondition: nobody else uses the region as long as the heap exists, and it holds at least
  ///   one smallest block (32 bytes) after alignment.
  @unsafe public init(region: UnsafeMutableRawBufferPointer) {
    guard let base = region.baseAddress, region.count >= 2 * HeapBlock.minimumSize else {
      preconditionFailure("a heap needs a region of at least 64 bytes")
    }
    unsafe start = base.alignedUp(toMultipleOf: HeapBlock.alignment)
    let last = UInt(bitPattern: base) + UInt(region.count)
    let usable = Int((last & ~UInt(HeapBlock.alignment - 1)) - UInt(bitPattern: unsafe start))
    unsafe end = start + usable
    // SAFETY: the region is ours and large enough.
    unsafe HeapBlock(at: start).format(size: usable, previousSize: 0, isUsed: false)
    unsafe insert(HeapBlock(at: start))
  }

  /// Finds room for `size` bytes at a multiple of `alignment`; nil when there is none.
  ///
  /// - Precondition: `alignment` is a power of two.
  public mutating func allocate(size: Int, alignment: Int) -> UnsafeMutableRawPointer? {
    let alignment = max(alignment, HeapBlock.alignment)
    precondition(alignment & (alignment - 1) == 0, "alignment is a power of two")
    guard size >= 0, size < capacity, alignment < capacity else { return nil }
    let wanted = HeapBlock.size(forPayload: size)
    var candidate = unsafe firstFree
    while let address = unsafe candidate {
      // SAFETY: addresses on the free list are headers that we formatted.
      let block = unsafe HeapBlock(at: address)
      let front = block.gap(forPayloadAlignment: alignment)
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
    if let next = successor(of: block), !next.isUsed {
      remove(next)
      block.size += next.size
    }
    if let previous = predecessor(of: block), !previous.isUsed {
      remove(previous)
      previous.size += block.size
      block = previous
    }
    block.isUsed = false
    successor(of: block)?.previousSize = block.size
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
    successor(of: second)?.previousSize = second.size
    return second
  }

  private func successor(of block: HeapBlock) -> HeapBlock? {
    let next = unsafe block.address + block.size
    return unsafe next < end ? HeapBlock(at: next) : nil
  }

  private func predecessor(of block: HeapBlock) -> HeapBlock? {
    unsafe block.address > start ? HeapBlock(at: block.address - block.previousSize) : nil
  }

  private func checkedBlock(ofPayload payload: UnsafeMutableRawPointer) -> HeapBlock {
    unsafe precondition(payload > start && payload < end, "this address is not from the heap")
    let block = unsafe HeapBlock(at: payload - HeapBlock.headerSize)
    precondition(block.isUsed, "this memory was freed before, or its header was overwritten")
    return block
  }

  private mutating func insert(_ block: HeapBlock) {
    unsafe block.nextFree = firstFree
    unsafe block.previousFree = nil
    if let head = unsafe firstFree { unsafe HeapBlock(at: head).previousFree = block.address }
    unsafe firstFree = block.address
  }

  private mutating func remove(_ block: HeapBlock) {
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
