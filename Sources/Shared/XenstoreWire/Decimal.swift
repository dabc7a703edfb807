// SPDX-License-Identifier: Apache-2.0

/// Numbers in ASCII, as xenstore carries them.
public enum Decimal {
  /// The number that the bytes are the digits of; nil if they are none, or more than fit.
  public static func value(_ digits: some Collection<UInt8>) -> UInt64? {
    guard !digits.isEmpty else { return nil }
    var value: UInt64 = 0
    for digit in digits {
      guard (48...57).contains(digit) else { return nil }
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(UInt64(digit - 48))
      guard !overflow, !carry else { return nil }
      value = sum
    }
    return value
  }

  /// The digits of a number.
  public static func digits(_ number: UInt64) -> [UInt8] {
    (number >= 10 ? digits(number / 10) : []) + [UInt8(truncatingIfNeeded: 48 + number % 10)]
  }
}
