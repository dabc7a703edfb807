// SPDX-License-Identifier: Apache-2.0

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
    geometry = RingGeometry(capacity: UInt32(range.count))
    unsafe bytes = SharedBytes(unsafeAddress: page + range.lowerBound, count: range.count)
    unsafe self.produced = SharedIndex(unsafeAddress: page + produced)
    unsafe self.consumed = SharedIndex(unsafeAddress: page + consumed)
  }
}
