// SPDX-License-Identifier: Apache-2.0

/// Our end of a ring that a peer writes and we read.
///
/// The consumed index is kept here: what the peer writes over the shared copy is never read back.
public struct RingConsumer {
  private let geometry: RingGeometry
  private let bytes: SharedBytes
  private let producedIndex: SharedIndex
  private let consumedIndex: SharedIndex
  private var consumed: UInt32

  /// The consuming end of a ring in a shared page; starts where the shared index stands.
  ///
  /// - Precondition: the page stays mapped, `range` and both offsets lie within it, the offsets
  ///   are 4-byte aligned, and the range's length is a power of two.
  @unsafe public init(
    page: UnsafeMutableRawPointer, range: Range<Int>, produced: Int, consumed: Int
  ) {
    geometry = RingGeometry(capacity: UInt32(range.count))
    unsafe bytes = SharedBytes(unsafeAddress: page + range.lowerBound, count: range.count)
    unsafe producedIndex = SharedIndex(unsafeAddress: page + produced)
    unsafe consumedIndex = SharedIndex(unsafeAddress: page + consumed)
    self.consumed = consumedIndex.load()
  }

  /// Bytes that the peer has written and we have not read.
  ///
  /// - Throws: `RingError` if the peer's index is impossible.
  public func available() throws(RingError) -> Int {
    Int(try geometry.used(produced: producedIndex.load(), consumed: consumed))
  }

  /// Reads up to `destination.count` bytes; returns how many there were.
  ///
  /// - Throws: `RingError` if the peer's index is impossible.
  public mutating func read(
    into destination: UnsafeMutableRawBufferPointer
  ) throws(RingError) -> Int {
    let count = min(try available(), destination.count)
    guard count > 0 else { return 0 }
    unsafe bytes.copy(geometry.window(at: consumed, count: UInt32(count)), to: destination)
    consumed &+= UInt32(count)
    consumedIndex.store(consumed)
    return count
  }

  /// Reads up to `limit` bytes.
  ///
  /// - Throws: `RingError` if the peer's index is impossible.
  public mutating func read(atMost limit: Int) throws(RingError) -> [UInt8] {
    let count = min(try available(), limit)
    guard count > 0 else { return [] }
    return unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      unsafe bytes.copy(
        geometry.window(at: consumed, count: UInt32(count)),
        to: UnsafeMutableRawBufferPointer(buffer))
      filled = count
      consumed &+= UInt32(count)
      consumedIndex.store(consumed)
    }
  }
}
