// SPDX-License-Identifier: Apache-2.0

/// Text to print: a literal, with values interpolated.
///
/// It looks like a string and is only bytes, so that printing pulls none of `String`'s Unicode
/// tables into the guest. A `String` can be interpolated where one is at hand.
public struct GuestText: ExpressibleByStringInterpolation, Sendable {
  private let literal: StaticString
  private let assembled: [UInt8]

  /// Text without interpolations: refers to the image, copies nothing.
  public init(stringLiteral literal: StaticString) {
    self.literal = literal
    assembled = []
  }

  /// Text put together from pieces.
  public init(stringInterpolation pieces: Interpolation) {
    literal = ""
    assembled = pieces.bytes
  }

  /// Text that is known from the start.
  init(_ literal: StaticString) { self.init(stringLiteral: literal) }

  /// The UTF-8 bytes.
  public var bytes: [UInt8] {
    var result: [UInt8] = []
    unsafe withUnsafeBytes { unsafe result.append(contentsOf: $0) }
    return result
  }

  /// Lends the UTF-8 bytes.
  public func withUnsafeBytes(_ body: (UnsafeRawBufferPointer) -> Void) {
    if literal.utf8CodeUnitCount > 0 {
      // SAFETY: the literal's own length.
      unsafe body(
        UnsafeRawBufferPointer(start: literal.utf8Start, count: literal.utf8CodeUnitCount))
    } else {
      unsafe assembled.withUnsafeBytes { unsafe body($0) }
    }
  }
}

extension GuestText {
  /// Collects the pieces of an interpolated literal.
  public struct Interpolation: StringInterpolationProtocol {
    fileprivate var bytes: [UInt8] = []

    /// An empty collection.
    public init(literalCapacity: Int, interpolationCount: Int) {
      bytes.reserveCapacity(literalCapacity + 16 * interpolationCount)
    }

    /// Adds what stands between the interpolations.
    public mutating func appendLiteral(_ literal: StaticString) {
      for offset in 0..<literal.utf8CodeUnitCount {
        // SAFETY: within the literal's own length.
        bytes.append(unsafe literal.utf8Start[offset])
      }
    }

    /// Adds a number in decimal.
    public mutating func appendInterpolation(_ value: some BinaryInteger) {
      if value < 0 { bytes.append(UInt8(ascii: "-")) }
      guard value.bitWidth <= 64 else { return append(wide: value.magnitude) }
      append(decimal: UInt64(value.magnitude))
    }

    /// Adds "true" or "false".
    public mutating func appendInterpolation(_ value: Bool) {
      appendLiteral(value ? "true" : "false")
    }

    /// Adds a number in hexadecimal, without leading zeros.
    public mutating func appendInterpolation(hex value: some UnsignedInteger) {
      append(hex: UInt64(value))
    }

    /// Adds other text.
    public mutating func appendInterpolation(_ text: GuestText) {
      unsafe text.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
    }

    /// Adds what the domain builder handed to the guest.
    public mutating func appendInterpolation(_ text: BootBytes) {
      unsafe text.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
    }

    /// Adds bytes as they are.
    public mutating func appendInterpolation(_ text: [UInt8]) {
      bytes.append(contentsOf: text)
    }

    private mutating func append(hex value: UInt64) {
      if value >= 16 { append(hex: value / 16) }
      let digit = UInt8(truncatingIfNeeded: value % 16)
      bytes.append(digit < 10 ? 48 + digit : 87 + digit)
    }

    private mutating func append(wide value: some BinaryInteger) {
      if value >= 10 { append(wide: value / 10) }
      bytes.append(UInt8(truncatingIfNeeded: 48 + value % 10))
    }

    private mutating func append(decimal value: UInt64) {
      if value >= 10 { append(decimal: value / 10) }
      bytes.append(UInt8(truncatingIfNeeded: 48 + value % 10))
    }
  }
}
