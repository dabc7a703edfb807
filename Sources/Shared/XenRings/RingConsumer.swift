// SPDX-License-Identifier: Apache-2.0

/// Our end of a ring that a peer writes and we read.
///
/// The consumed index is kept here: what the peer writes over the shared copy is never read back.
public struct RingConsumer {
  private let ring: SharedRing
  private var consumed: UInt32

  /// The consuming end of a ring in a shared page; starts where the shared index stands.
  ///
  /// - Precondition: the page stays mapped, `range` and both offsets lie within it, the offsets
  ///   are 4-byte aligned, and the range's length is a power of two.
  @unsafe public init(
    page: UnsafeMutableRawPointer, range: Range<Int>, produced: Int, consumed: Int
  ) {
    unsafe ring = SharedRing(page: page, range: range, produced: produced, consumed: consumed)
    self.consumed = ring.consumed.load()
  }

  /// The consuming end of a ring of these bytes, whose indices are at the two offsets of a page; starts where
  /// the shared index stands.
  ///
  /// - Precondition: both stay mapped, both offsets lie within the page and are 4-byte aligned, and there is a
  ///   power of two of bytes.
  @unsafe init(
    bytes: UnsafeMutableRawBufferPointer, indices page: UnsafeMutableRawPointer, produced: Int,
    consumed: Int
  ) {
    unsafe ring = SharedRing(bytes: bytes, indices: page, produced: produced, consumed: consumed)
    self.consumed = ring.consumed.load()
  }

  /// Bytes that the peer has written and we have not read.
  ///
  /// - Throws: `RingError` if the peer's index is impossible.
  public func available() throws(RingError) -> Int {
    Int(try ring.geometry.used(produced: ring.produced.load(), consumed: consumed))
  }

  /// Reads up to `destination.count` bytes; returns how many there were.
  ///
  /// - Throws: `RingError` if the peer's index is impossible.
  public mutating func read(
    into destination: UnsafeMutableRawBufferPointer
  ) throws(RingError) -> Int {
    let count = min(try available(), destination.count)
    guard count > 0 else { return 0 }
    unsafe ring.bytes.copy(
      ring.geometry.window(at: consumed, count: UInt32(count)), to: destination)
    consumed &+= UInt32(count)
    ring.consumed.store(consumed)
    return count
  }

  /// Reads up to `limit` bytes.
  ///
  /// - Throws: `RingError` if the peer's index is impossible.
  public mutating func read(atMost limit: Int) throws(RingError) -> [UInt8] {
    let count = min(try available(), limit)
    guard count > 0 else { return [] }
    return unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      unsafe ring.bytes.copy(
        ring.geometry.window(at: consumed, count: UInt32(count)),
        to: UnsafeMutableRawBufferPointer(buffer))
      filled = count
      consumed &+= UInt32(count)
      ring.consumed.store(consumed)
    }
  }
}
