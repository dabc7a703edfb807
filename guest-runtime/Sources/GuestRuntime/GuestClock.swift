// SPDX-License-Identifier: Apache-2.0

import XenABI
import XenFrontends

/// Time as Xen gives it to the domain. Source: `struct vcpu_time_info` in `xen/include/public/xen.h`.
public struct GuestClock: Sendable {
  /// Nanoseconds since the host started; never goes back. `UInt64.max` if Xen does not map the shared
  /// info page, which has the clock.
  public var nanoseconds: UInt64 {
    let now = XenHypercalls().now().rawValue
    let last = unsafe Self.last
    unsafe Self.last = max(last, now)
    return max(last, now)
  }
  nonisolated(unsafe) private static var last: UInt64 = 0

  /// Seconds since 1970, as the host's clock has it; nil if Xen gives none.
  public var secondsSince1970: UInt64? { calendarTime?.seconds }

  /// The time since 1970; nil if Xen gives none.
  var calendarTime: (seconds: UInt64, nanoseconds: UInt64)? {
    if let time = SharedInfo.mapped?.wallClock(at: nanoseconds) { return time }
    // Xen fills the wall clock in when it learns of which width the guest is, and it looks at that
    // when the callback is set. Source: Xen, `hvm_latch_shinfo_size`. Interrupt line 1 does not
    // exist, so this raises nothing.
    XenHypercalls.set(.callback, to: 1)
    return SharedInfo.mapped?.wallClock(at: nanoseconds)
  }

  /// Sleeps, never shorter than asked. Other domains run, event handlers do not. Returns at once if
  /// there is no clock.
  public func sleep(milliseconds: UInt64) {
    let (nanoseconds, overflow) = milliseconds.multipliedReportingOverflow(by: 1_000_000)
    sleep(nanoseconds: overflow ? .max : nanoseconds)
  }

  /// Sleeps for a length of time, not shorter; not at all if it is negative.
  public func sleep(for length: Duration) {
    let (seconds, attoseconds) = length.components
    guard seconds >= 0, attoseconds >= 0 else { return }
    // A part of a nanosecond counts as one.
    let rest = UInt64(attoseconds) / 1_000_000_000 + 1
    let (whole, overflow) = UInt64(seconds).multipliedReportingOverflow(by: 1_000_000_000)
    sleep(nanoseconds: overflow ? .max : whole &+ rest)
  }

  /// How long something takes.
  public func measure(_ work: () -> Void) -> Duration {
    let start = nanoseconds
    work()
    return .nanoseconds(Int64(clamping: nanoseconds - start))
  }

  /// As above, by the nanosecond.
  func sleep(nanoseconds: UInt64) {
    let (moment, overflow) = XenHypercalls().now().rawValue.addingReportingOverflow(nanoseconds)
    let deadline = SystemTime(rawValue: overflow ? .max : moment)
    while XenHypercalls().now() < deadline { XenHypercalls().sleep(until: deadline) }
  }
}
