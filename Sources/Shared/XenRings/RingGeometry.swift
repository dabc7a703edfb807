// SPDX-License-Identifier: Apache-2.0

/// What is wrong with a ring: the peer broke the protocol.
public enum RingError: Error, Equatable, Sendable {
  /// More bytes are claimed to be in the ring than fit in it.
  case corruptIndices(produced: UInt32, consumed: UInt32)
}

/// The arithmetic of a byte ring with free-running 32-bit indices; touches no memory.
///
/// Indices grow without bound and wrap at 2³²; the byte of index `i` is at `i mod capacity`.
public struct RingGeometry: Equatable, Sendable {
  /// Bytes in the ring: a power of two.
  public let capacity: UInt32

  /// A ring of `capacity` bytes.
  ///
  /// - Precondition: `capacity` is a power of two.
  public init(capacity: UInt32) {
    precondition(capacity != 0 && capacity & (capacity &- 1) == 0, "capacity is a power of two")
    self.capacity = capacity
  }

  /// Bytes written and not yet read.
  ///
  /// - Throws: `RingError.corruptIndices` if the indices are further apart than the capacity.
  public func used(produced: UInt32, consumed: UInt32) throws(RingError) -> UInt32 {
    let used = produced &- consumed
    guard used <= capacity else {
      throw .corruptIndices(produced: produced, consumed: consumed)
    }
    return used
  }

  /// The one or two contiguous pieces that hold `count` bytes from `index` on.
  ///
  /// - Precondition: `count` is at most the capacity.
  public func window(at index: UInt32, count: UInt32) -> RingWindow {
    precondition(count <= capacity, "a window is no larger than its ring")
    let start = index & (capacity &- 1)
    let first = min(count, capacity &- start)
    return RingWindow(start: Int(start), firstCount: Int(first), secondCount: Int(count &- first))
  }
}

/// A stretch of a ring as offsets into its bytes: up to the end, then from the beginning.
public struct RingWindow: Equatable, Sendable {
  /// Offset of the first byte.
  public let start: Int
  /// Bytes from `start` on, without passing the end of the ring.
  public let firstCount: Int
  /// Bytes from offset 0 on.
  public let secondCount: Int
}
