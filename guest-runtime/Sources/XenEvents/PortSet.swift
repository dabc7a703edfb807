// SPDX-License-Identifier: Apache-2.0

public import XenABI

/// A set of event channel ports, taken out from the lowest to the highest.
public struct PortSet {
  private var words = [64 of UInt64](repeating: 0)
  /// A set bit for each word that is not zero.
  private var summary: UInt64 = 0

  /// The empty set.
  public init() {}

  /// Whether there is no port in the set.
  public var isEmpty: Bool { summary == 0 }

  /// Adds the ports whose bits are set in one of the 64 words.
  mutating func insert(_ bits: UInt64, word: Int) {
    guard bits != 0 else { return }
    words[word] |= bits
    summary |= 1 << UInt64(word)
  }

  /// Removes and returns the lowest port; nil if there is none.
  public mutating func popFirst() -> EventChannelPort? {
    guard summary != 0 else { return nil }
    let word = summary.trailingZeroBitCount
    let bit = words[word].trailingZeroBitCount
    words[word] &= words[word] &- 1
    if words[word] == 0 { summary &= summary &- 1 }
    return EventChannelPort(rawValue: UInt32(word * 64 + bit))
  }
}
