// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// A ring in a shared page: its bytes and its two indices, as both ends see them.
struct SharedRing {
  let geometry: RingGeometry
  let bytes: SharedBytes
  let produced: SharedIndex
  let consumed: SharedIndex

  /// The ring whose bytes are at `range` of `page`, and whose indices are at the two offsets.
  ///
  /// - Precondition: the page stays mapped, `range` and both offsets lie within it, the offsets
  ///   are 4-byte aligned, and the range's length is a power of two.
  @unsafe init(page: UnsafeMutableRawPointer, range: Range<Int>, produced: Int, consumed: Int) {
    let bytes = unsafe UnsafeMutableRawBufferPointer(
      start: page + range.lowerBound, count: range.count)
    unsafe self.init(bytes: bytes, indices: page, produced: produced, consumed: consumed)
  }

  /// The ring of these bytes, whose indices are at the two offsets of a page.
  ///
  /// - Precondition: both stay mapped, both offsets lie within the page and are 4-byte aligned, and there is a
  ///   power of two of bytes.
  @unsafe init(
    bytes: UnsafeMutableRawBufferPointer, indices page: UnsafeMutableRawPointer, produced: Int,
    consumed: Int
  ) {
    guard let start = bytes.baseAddress else { preconditionFailure("a ring has bytes") }
    geometry = RingGeometry(capacity: UInt32(bytes.count))
    unsafe self.bytes = SharedBytes(unsafeAddress: start, count: bytes.count)
    unsafe self.produced = SharedIndex(unsafeAddress: page + produced)
    unsafe self.consumed = SharedIndex(unsafeAddress: page + consumed)
  }
}

/// The bytes of a ring in a page that a peer shares. Copies in and out; never lends a pointer.
@safe public struct SharedBytes {
  private let base: UnsafeMutableRawPointer
  /// How many bytes there are.
  public let count: Int

  /// The `count` bytes at `address`.
  ///
  /// - Precondition: they stay mapped as long as this value is used.
  @unsafe public init(unsafeAddress address: UnsafeMutableRawPointer, count: Int) {
    unsafe base = address
    self.count = count
  }

  /// Copies bytes of `source`, from `offset` on, into the window.
  ///
  /// - Precondition: the window lies within the bytes, and `source` holds enough of them.
  func copy(_ source: UnsafeRawBufferPointer, from offset: Int, into window: RingWindow) {
    let total = window.firstCount + window.secondCount
    precondition(window.start + window.firstCount <= count && window.secondCount <= count)
    precondition(offset >= 0 && offset + total <= source.count)
    guard total > 0, let bytes = source.baseAddress else { return }
    // SAFETY: both ranges were checked just above.
    unsafe (base + window.start).copyMemory(from: bytes + offset, byteCount: window.firstCount)
    unsafe base.copyMemory(from: bytes + offset + window.firstCount, byteCount: window.secondCount)
  }

  /// Copies the window's bytes to the start of `destination`.
  ///
  /// - Precondition: the window lies within the bytes, and `destination` has room for it.
  func copy(_ window: RingWindow, to destination: UnsafeMutableRawBufferPointer) {
    let total = window.firstCount + window.secondCount
    precondition(window.start + window.firstCount <= count && window.secondCount <= count)
    precondition(total <= destination.count)
    guard total > 0, let bytes = destination.baseAddress else { return }
    // SAFETY: both ranges were checked just above.
    unsafe bytes.copyMemory(from: base + window.start, byteCount: window.firstCount)
    unsafe (bytes + window.firstCount).copyMemory(from: base, byteCount: window.secondCount)
  }
}

/// A 32-bit ring index in a page that a peer shares.
@safe public struct SharedIndex {
  private let storage: UnsafePointer<Atomic<UInt32>>

  /// The index at `address`.
  ///
  /// - Precondition: `address` is 4-byte aligned and stays mapped as long as this value is used.
  @unsafe public init(unsafeAddress address: UnsafeMutableRawPointer) {
    // SAFETY: `Atomic<UInt32>` has the size and alignment of the ABI's index.
    unsafe storage = UnsafePointer(address.assumingMemoryBound(to: Atomic<UInt32>.self))
  }

  /// Reads the peer's index; what the peer did before storing it is visible afterwards.
  public func load() -> UInt32 {
    // SAFETY: mapped and aligned, see `init`.
    unsafe storage.pointee.load(ordering: .acquiring)
  }

  /// Stores our index; what we did before is visible to a peer that reads it.
  ///
  /// Sequentially consistent, so that a later look at the peer's index is not reordered before it:
  /// otherwise both sides could go to sleep, each having missed the other's step.
  public func store(_ value: UInt32) {
    // SAFETY: mapped and aligned, see `init`.
    unsafe storage.pointee.store(value, ordering: .sequentiallyConsistent)
  }
}
