// SPDX-License-Identifier: Apache-2.0

/// A number of TCP's sequence space, which goes round at 2^32. Source: RFC 9293, section 3.4.
///
/// Order means something only for numbers less than 2^31 apart.
struct SequenceNumber: Equatable, Sendable {
  let rawValue: UInt32

  init(_ rawValue: UInt32) { self.rawValue = rawValue }

  static func + (left: Self, right: Int) -> Self {
    Self(left.rawValue &+ UInt32(truncatingIfNeeded: right))
  }

  static func - (left: Self, right: Int) -> Self { left + -right }

  /// How far the left is behind the right, negative if it is before it.
  static func - (left: Self, right: Self) -> Int {
    Int(Int32(bitPattern: left.rawValue &- right.rawValue))
  }

  static func < (left: Self, right: Self) -> Bool { left - right < 0 }
  static func <= (left: Self, right: Self) -> Bool { left - right <= 0 }
  static func > (left: Self, right: Self) -> Bool { left - right > 0 }
  static func >= (left: Self, right: Self) -> Bool { left - right >= 0 }

  static func later(_ first: Self, _ second: Self) -> Self { first > second ? first : second }
  static func earlier(_ first: Self, _ second: Self) -> Self { first < second ? first : second }
}

/// A part of the sequence space: from its start to before its end.
struct SequenceRange: Equatable, Sendable {
  var start: SequenceNumber
  var end: SequenceNumber

  init(_ start: SequenceNumber, _ end: SequenceNumber) {
    self.start = start
    self.end = end
  }

  static var empty: Self { Self(SequenceNumber(0), SequenceNumber(0)) }

  /// Negative if the end is before the start.
  var count: Int { end - start }

  /// How many numbers it has in common with another range.
  func overlap(_ other: Self) -> Int {
    max(0, SequenceNumber.earlier(end, other.end) - SequenceNumber.later(start, other.start))
  }
}
