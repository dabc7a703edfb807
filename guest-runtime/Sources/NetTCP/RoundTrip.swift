// SPDX-License-Identifier: Apache-2.0

import XenFrontends

/// How long answers take, and after which time something counts as lost. Source: RFC 6298. All in nanoseconds.
struct RoundTrip {
  private(set) var smoothed: UInt64 = 0
  private(set) var variation: UInt64 = 0
  private var timeout: UInt64 = Self.second
  private(set) var doublings = 0
  private let minimum: UInt64

  private static var second: UInt64 { 1_000_000_000 }
  private static var maximum: UInt64 { 60 * second }

  init(minimumMilliseconds: UInt64) { minimum = minimumMilliseconds * 1_000_000 }

  /// The time after which something is sent again, with all doublings.
  var retransmission: UInt64 { min(Self.maximum, timeout << UInt64(doublings)) }

  mutating func add(_ sample: UInt64) {
    if smoothed == 0 {
      smoothed = max(1, sample)
      variation = sample / 2
    } else {
      let difference = smoothed > sample ? smoothed - sample : sample - smoothed
      variation = variation - variation / 4 + difference / 4
      smoothed = max(1, smoothed - smoothed / 8 + sample / 8)
    }
    // The clock's granularity is 1 ms.
    timeout = min(Self.maximum, max(minimum, smoothed + max(1_000_000, 4 * variation)))
    doublings = 0
  }

  mutating func backOff() { doublings = min(10, doublings + 1) }

  /// Forgets doublings: something of the peer shows that the way is open.
  mutating func forgetDoublings() { doublings = 0 }

  /// After a SYN that was sent again, data waits three seconds: RFC 6298, section 5.7.
  mutating func beCareful() {
    if smoothed == 0 { timeout = max(timeout, 3 * Self.second) }
    doublings = 0
  }
}

/// A moment that may not be set.
struct Timer {
  private(set) var deadline = UInt64.max

  var isSet: Bool { deadline != .max }

  func isDue(_ now: SystemTime) -> Bool { deadline <= now.rawValue }

  mutating func set(_ now: SystemTime, after nanoseconds: UInt64) {
    deadline = now.rawValue + nanoseconds
  }

  mutating func set(_ now: SystemTime, afterMilliseconds count: UInt64) {
    deadline = now.advanced(byMilliseconds: count).rawValue
  }

  mutating func cancel() { deadline = .max }
}
