// SPDX-License-Identifier: Apache-2.0

/// Nanoseconds since the host started, as Xen counts them.
public struct SystemTime: RawRepresentable, Comparable, Sendable {
  /// The count of nanoseconds.
  public var rawValue: UInt64

  /// Wraps a count of nanoseconds.
  public init(rawValue: UInt64) { self.rawValue = rawValue }

  /// The moment some milliseconds later; the end of time, 584 years from the start, at the latest.
  public func advanced(byMilliseconds count: UInt64) -> SystemTime {
    let (nanoseconds, isTooLong) = count.multipliedReportingOverflow(by: 1_000_000)
    let (sum, isTooLate) = rawValue.addingReportingOverflow(nanoseconds)
    return SystemTime(rawValue: isTooLong || isTooLate ? .max : sum)
  }

  /// Whether the left moment is before the right one.
  public static func < (left: SystemTime, right: SystemTime) -> Bool {
    left.rawValue < right.rawValue
  }
}

/// How Xen turns the time-stamp counter into system time. C name: `struct vcpu_time_info`.
public struct ClockScale: Equatable, Sendable {
  /// The counter when `systemTime` was taken. C name: `tsc_timestamp`.
  public var timestamp: UInt64
  /// Nanoseconds at that moment. C name: `system_time`.
  public var systemTime: UInt64
  /// Nanoseconds per shifted tick, 0.32 fixed-point. C name: `tsc_to_system_mul`.
  public var multiplier: UInt32
  /// How far to shift ticks left, or right if negative. C name: `tsc_shift`.
  public var shift: Int8

  /// A scale from the fields of a consistent snapshot.
  public init(timestamp: UInt64, systemTime: UInt64, multiplier: UInt32, shift: Int8) {
    self.timestamp = timestamp
    self.systemTime = systemTime
    self.multiplier = multiplier
    self.shift = shift
  }

  /// The system time when the counter reads `counter`.
  ///
  /// Shift first, then multiply with 96 bits: 64 would overflow after seconds. A counter below
  /// the snapshot's (another CPU's, slightly apart) gives the snapshot's time, never an earlier one.
  public func systemTime(at counter: UInt64) -> SystemTime {
    let elapsed = counter >= timestamp ? counter &- timestamp : 0
    let ticks = shift >= 0 ? elapsed << UInt64(shift) : elapsed >> UInt64(-Int(shift))
    let product = ticks.multipliedFullWidth(by: UInt64(multiplier))
    return SystemTime(
      rawValue: systemTime &+ (product.high << 32 | product.low >> 32))
  }
}
