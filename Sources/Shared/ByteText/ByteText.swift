// SPDX-License-Identifier: Apache-2.0

/// Text as ASCII or UTF-8 bytes, which brings nothing of `String` and its Unicode tables into a guest.
extension [UInt8] {
  /// The bytes of a literal.
  public init(text: StaticString) {
    self = []
    append(text)
  }

  /// The digits of a number in decimal.
  public init(decimal value: UInt64) {
    self = []
    append(decimal: value)
  }

  /// Adds the bytes of a literal.
  public mutating func append(_ text: StaticString) {
    // SAFETY: the literal's own length.
    unsafe append(
      contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// Adds a number in decimal, with zeros before it if it has fewer digits than `width`.
  public mutating func append(decimal value: UInt64, width: Int = 1) {
    let start = count
    var rest = value
    repeat {
      append(48 + UInt8(truncatingIfNeeded: rest % 10))
      rest /= 10
    } while rest > 0
    while count - start < width { append(48) }
    self[start...].reverse()
  }

  /// Adds a number in decimal, with a minus if it is negative.
  public mutating func append(decimal value: Int) {
    if value < 0 { append(45) }
    append(decimal: UInt64(value.magnitude))
  }

  /// Adds a number in hexadecimal, in lower case and without zeros before it.
  public mutating func append(hexadecimal value: UInt64) {
    if value >= 16 { append(hexadecimal: value / 16) }
    let digit = UInt8(truncatingIfNeeded: value % 16)
    append(digit < 10 ? 48 + digit : 87 + digit)
  }
}

extension Collection<UInt8> {
  /// Whether the bytes are those of a literal.
  public func isText(_ text: StaticString) -> Bool {
    isText(text, folding: { $0 })
  }

  /// Whether the bytes are those of a literal in lower case, with ASCII letters of either case.
  public func isTextIgnoringCase(_ text: StaticString) -> Bool {
    isText(text, folding: ASCII.lowercased)
  }

  private func isText(_ text: StaticString, folding: (UInt8) -> UInt8) -> Bool {
    guard count == text.utf8CodeUnitCount else { return false }
    var place = 0
    for byte in self {
      // SAFETY: within the literal, which is as long.
      guard unsafe text.utf8Start[place] == folding(byte) else { return false }
      place += 1
    }
    return true
  }

  /// The number that the bytes are the decimal digits of; nil if there are none, others, or too many.
  public var decimalValue: UInt64? {
    guard !isEmpty else { return nil }
    var value: UInt64 = 0
    for digit in self {
      guard ASCII.isDigit(digit) else { return nil }
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = product.addingReportingOverflow(UInt64(digit - 48))
      guard !overflow, !carry else { return nil }
      value = sum
    }
    return value
  }
}

/// What kinds of characters ASCII has.
public enum ASCII {
  /// Whether a byte is one of 0 to 9.
  public static func isDigit(_ byte: UInt8) -> Bool { byte &- 48 < 10 }

  /// Whether a byte is a letter of either case.
  public static func isLetter(_ byte: UInt8) -> Bool { (byte | 32) &- 97 < 26 }

  /// A letter in lower case; other bytes as they are.
  public static func lowercased(_ byte: UInt8) -> UInt8 {
    byte &- 65 < 26 ? byte | 32 : byte
  }

  /// The value of a hexadecimal digit of either case; nil if it is none.
  public static func hexadecimalValue(_ byte: UInt8) -> UInt8? {
    if isDigit(byte) { return byte - 48 }
    let letter = (byte | 32) &- 97
    return letter < 6 ? letter + 10 : nil
  }
}
