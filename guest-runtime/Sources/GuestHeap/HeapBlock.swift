// SPDX-License-Identifier: Apache-2.0

/// One block of a heap, seen through its header.
///
/// The header is two words: the block's size with the "used" mark in bit 0, and the size of the
/// block before it, 0 for the first of a region. A free block's first payload words link it into
/// the free list.
@safe struct HeapBlock {
  let address: UnsafeMutableRawPointer

  /// Payloads, and so blocks, start at multiples of this.
  static var alignment: Int { 16 }
  static var headerSize: Int { 16 }
  /// A header and the two links of a free block.
  static var minimumSize: Int { 32 }

  /// The block at `address`.
  ///
  /// - Precondition: a block starts there or is about to be formatted there.
  @unsafe init(at address: UnsafeMutableRawPointer) { unsafe self.address = address }

  /// Bytes that a block with so much payload takes.
  static func size(forPayload payload: Int) -> Int {
    max(minimumSize, (payload + headerSize + alignment - 1) & ~(alignment - 1))
  }

  var payload: UnsafeMutableRawPointer { unsafe address + Self.headerSize }

  var size: Int {
    get { word(0) & ~1 }
    nonmutating set { setWord(0, newValue | (word(0) & 1)) }
  }

  var isUsed: Bool {
    get { word(0) & 1 != 0 }
    nonmutating set { setWord(0, size | (newValue ? 1 : 0)) }
  }

  var previousSize: Int {
    get { word(1) }
    nonmutating set { setWord(1, newValue) }
  }

  /// The block or fence that follows.
  ///
  /// - Precondition: this is not a fence.
  var successor: HeapBlock { unsafe HeapBlock(at: address + size) }

  /// The block before, nil at the start of a region.
  var predecessor: HeapBlock? {
    let size = previousSize
    return size == 0 ? nil : unsafe HeapBlock(at: address - size)
  }

  var nextFree: UnsafeMutableRawPointer? {
    get { unsafe UnsafeMutableRawPointer(bitPattern: word(2)) }
    nonmutating set { setWord(2, Int(bitPattern: newValue)) }
  }

  var previousFree: UnsafeMutableRawPointer? {
    get { unsafe UnsafeMutableRawPointer(bitPattern: word(3)) }
    nonmutating set { setWord(3, Int(bitPattern: newValue)) }
  }

  func format(size: Int, previousSize: Int, isUsed: Bool) {
    setWord(0, size | (isUsed ? 1 : 0))
    setWord(1, previousSize)
  }

  /// Bytes to leave free in front so that the payload is aligned.
  func gap(forPayloadAlignment alignment: Int) -> Int {
    let payload = unsafe UInt(bitPattern: self.payload)
    let mask = UInt(alignment - 1)
    let gap = Int(((payload &+ mask) & ~mask) &- payload)
    // What is left in front must be able to stand as a block of its own.
    return gap == 0 || gap >= Self.minimumSize ? gap : gap + alignment
  }

  // SAFETY (both): a block is at least `minimumSize` long, so its four words are in the region; of
  // a fence, only the header's two are touched.
  private func word(_ index: Int) -> Int {
    unsafe address.load(fromByteOffset: index * 8, as: Int.self)
  }

  private func setWord(_ index: Int, _ value: Int) {
    unsafe address.storeBytes(of: value, toByteOffset: index * 8, as: Int.self)
  }
}
