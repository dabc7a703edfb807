// SPDX-License-Identifier: Apache-2.0

/// What `console-flood` prints: lines of 63 letters, each from the state of a generator with shifts by
/// 13, 17 and 5.
public struct FloodStream {
  private var state: UInt32
  private var column = 0

  /// The stream of a seed, which is not 0.
  public init(seed: UInt32) { state = seed }

  /// The next byte.
  public mutating func next() -> UInt8 {
    column += 1
    if column == 64 {
      column = 0
      return UInt8(ascii: "\n")
    }
    state ^= state << 13
    state ^= state >> 17
    state ^= state << 5
    return UInt8(ascii: "a") + UInt8(state % 26)
  }
}
