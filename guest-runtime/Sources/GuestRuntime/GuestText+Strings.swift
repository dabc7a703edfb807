// SPDX-License-Identifier: Apache-2.0

// Generic, all of it: the compiler then makes code of it in the modules that call it, and guests that
// do not have nothing of `String`.

extension GuestText.Interpolation {
  /// Adds a string's UTF-8 bytes.
  public mutating func appendInterpolation(_ text: some StringProtocol) {
    appendInterpolation(Array(text.utf8))
  }

  /// Adds what a value says of itself.
  public mutating func appendInterpolation(_ value: some CustomStringConvertible) {
    appendInterpolation(value.description)
  }
}

/// Optional values, as Swift shows them: in "Optional(…)", or "nil".
extension GuestText.Interpolation {
  /// Adds a number in decimal, or "nil".
  public mutating func appendInterpolation<Number: BinaryInteger>(_ value: Number?) {
    append(value) { $0.appendInterpolation($1) }
  }

  /// Adds "true", "false", or "nil".
  public mutating func appendInterpolation(_ value: Bool?) {
    append(value) { $0.appendInterpolation($1) }
  }

  /// Adds other text, or "nil".
  public mutating func appendInterpolation(_ value: GuestText?) {
    append(value) { $0.appendInterpolation($1) }
  }

  /// Adds bytes as they are, or "nil".
  public mutating func appendInterpolation(_ value: [UInt8]?) {
    append(value) { $0.appendInterpolation($1) }
  }

  /// Adds a string in quotation marks, or "nil".
  public mutating func appendInterpolation<Text: StringProtocol>(_ value: Text?) {
    append(value) { $0.appendInterpolation(String($1).debugDescription) }
  }

  /// Adds what a value says of itself, or "nil".
  public mutating func appendInterpolation<Value: CustomStringConvertible>(_ value: Value?) {
    append(value) { $0.appendInterpolation($1) }
  }

  private mutating func append<Value>(
    _ value: Value?, _ append: (inout GuestText.Interpolation, Value) -> Void
  ) {
    guard let value else { return appendLiteral("nil") }
    appendLiteral("Optional(")
    append(&self, value)
    appendLiteral(")")
  }
}
