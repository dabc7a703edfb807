// SPDX-License-Identifier: Apache-2.0

/// How far a guest's console output has come, both counted since the domain was built.
///
/// The indices run freely and wrap at 2³². A guest that scribbles over its ring can make them
/// anything at all.
public struct ConsoleIndices: Equatable, Sendable {
  /// Bytes that the guest put into the ring (C name: `out_prod`).
  public var produced: UInt32
  /// Bytes that xenconsoled took out of it (C name: `out_cons`).
  public var consumed: UInt32

  /// Puts two indices together.
  public init(produced: UInt32, consumed: UInt32) {
    self.produced = produced
    self.consumed = consumed
  }

  /// Bytes that the ring can hold.
  public static var capacity: UInt32 { 2048 }

  /// Whether xenconsoled serves a ring with these indices; it ignores impossible ones for ever.
  public var isServed: Bool { produced &- consumed <= Self.capacity }
}
