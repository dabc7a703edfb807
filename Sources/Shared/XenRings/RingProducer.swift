// SPDX-License-Identifier: Apache-2.0

/// Our end of a ring that we write and a peer reads.
///
/// The produced index is kept here: what the peer writes over the shared copy is never read back.
public struct RingProducer {
  private let ring: SharedRing
  private var produced: UInt32

  /// The producing end of a ring in a shared page; starts where the shared index stands.
  ///
  /// - Precondition: the page stays mapped, `range` and both offsets lie within it, the offsets
  ///   are 4-byte aligned, and the range's length is a power of two.
  @unsafe public init(
    page: UnsafeMutableRawPointer, range: Range<Int>, produced: Int, consumed: Int
  ) {
    unsafe ring = SharedRing(page: page, range: range, produced: produced, consumed: consumed)
    self.produced = ring.produced.load()
  }

  /// The producing end of a ring of these bytes, whose indices are at the two offsets of a page; starts where
  /// the shared index stands.
  ///
  /// - Precondition: both stay mapped, both offsets lie within the page and are 4-byte aligned, and there is a
  ///   power of two of bytes.
  @unsafe init(
    bytes: UnsafeMutableRawBufferPointer, indices page: UnsafeMutableRawPointer, produced: Int,
    consumed: Int
  ) {
    unsafe ring = SharedRing(bytes: bytes, indices: page, produced: produced, consumed: consumed)
    self.produced = ring.produced.load()
  }

  /// Bytes written that the peer has not read yet.
  ///
  /// - Throws: `RingError` if the peer's index is impossible.
  public func pending() throws(RingError) -> Int {
    Int(try ring.geometry.used(produced: produced, consumed: ring.consumed.load()))
  }

  /// Bytes that fit before the peer reads more.
  ///
  /// - Throws: `RingError` if the peer's index is impossible.
  public func room() throws(RingError) -> Int { Int(ring.geometry.capacity) - (try pending()) }

  /// Writes as much of `source`, from `offset` on, as there is room for; returns how much.
  ///
  /// The peer sees it at once but is not told: notify it when enough has come together.
  ///
  /// - Throws: `RingError` if the peer's index is impossible.
  public mutating func write(
    _ source: UnsafeRawBufferPointer, from offset: Int = 0
  ) throws(RingError) -> Int {
    let count = min(try room(), source.count - offset)
    guard count > 0 else { return 0 }
    unsafe ring.bytes.copy(
      source, from: offset, into: ring.geometry.window(at: produced, count: UInt32(count)))
    produced &+= UInt32(count)
    ring.produced.store(produced)
    return count
  }

  /// Writes as much of `source`, from `offset` on, as there is room for; returns how much.
  ///
  /// - Throws: `RingError` if the peer's index is impossible.
  public mutating func write(_ source: [UInt8], from offset: Int = 0) throws(RingError) -> Int {
    var count = 0
    var failure: RingError?
    unsafe source.withUnsafeBytes { bytes in
      do throws(RingError) {
        count = try unsafe write(bytes, from: offset)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return count
  }
}
