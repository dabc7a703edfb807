// SPDX-License-Identifier: Apache-2.0

/// How often in a second something may be done.
public struct RateLimit: Sendable {
  private let perSecond: Int
  private var left: Int
  private var since: UInt64 = 0

  public init(perSecond: Int) {
    self.perSecond = perSecond
    left = perSecond
  }

  /// Whether it may be done now, which then counts. The time is in nanoseconds.
  public mutating func allow(at nanoseconds: UInt64) -> Bool {
    if nanoseconds >= since, nanoseconds - since >= 1_000_000_000 {
      since = nanoseconds
      left = perSecond
    }
    guard left > 0 else { return false }
    left -= 1
    return true
  }
}
