// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A moment of the machine's monotonic clock (C name: `CLOCK_MONOTONIC`).
public struct MonotonicTime: Comparable, Sendable {
  /// Nanoseconds since the clock's start.
  public var nanoseconds: Int

  public init(nanoseconds: Int) {
    self.nanoseconds = nanoseconds
  }

  /// The present moment.
  public static var now: MonotonicTime {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return MonotonicTime(nanoseconds: time.tv_sec * 1_000_000_000 + time.tv_nsec)
  }

  /// The moment so many milliseconds later.
  public func adding(milliseconds: Int) -> MonotonicTime {
    let (product, overflow) = milliseconds.multipliedReportingOverflow(by: 1_000_000)
    let (sum, carry) = nanoseconds.addingReportingOverflow(product)
    return MonotonicTime(nanoseconds: overflow || carry ? .max : sum)
  }

  /// The moment so much later.
  public static func + (left: MonotonicTime, right: Duration) -> MonotonicTime {
    let (seconds, attoseconds) = right.components
    let nanoseconds = Int(attoseconds / 1_000_000_000)
    let (product, overflow) = Int(seconds).multipliedReportingOverflow(by: 1_000_000_000)
    let (sum, carry) = left.nanoseconds.addingReportingOverflow(product)
    return overflow || carry
      ? MonotonicTime(nanoseconds: .max) : MonotonicTime(nanoseconds: sum + nanoseconds)
  }

  /// The time between two moments.
  public static func - (left: MonotonicTime, right: MonotonicTime) -> Duration {
    .nanoseconds(left.nanoseconds - right.nanoseconds)
  }

  /// Microseconds that passed since an earlier moment.
  public func microseconds(since earlier: MonotonicTime) -> Int {
    (nanoseconds - earlier.nanoseconds) / 1000
  }

  /// Milliseconds for poll(2) until this moment, rounded up so that it has come when poll returns.
  public func pollTimeout(from now: MonotonicTime) -> Int32 {
    guard self > now else { return 0 }
    return Int32(clamping: (nanoseconds - now.nanoseconds + 999_999) / 1_000_000)
  }

  public static func < (left: MonotonicTime, right: MonotonicTime) -> Bool {
    left.nanoseconds < right.nanoseconds
  }
}
