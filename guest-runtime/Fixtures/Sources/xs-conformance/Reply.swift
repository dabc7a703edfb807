// SPDX-License-Identifier: Apache-2.0

import GuestMachine
import GuestRuntime

/// An answer, and what was asked.
struct Reply {
  let frame: XenstoreDoor.Frame
  private let kind: Kind
  private let asked: [UInt8]

  init(_ frame: XenstoreDoor.Frame, to kind: Kind, _ asked: [UInt8]) {
    self.frame = frame
    self.kind = kind
    self.asked = asked
  }

  /// The error's name; nil if it is none.
  var error: [UInt8]? {
    frame.type == Kind.error.rawValue ? Array(frame.payload.prefix { $0 != 0 }) : nil
  }

  /// Whether it is an error of some name.
  func isError(_ name: GuestText) -> Bool { error == name.bytes }

  /// The name of its error, or "OK".
  var word: GuestText { error.map { "\($0)" } ?? "OK" }

  /// The payload of an answer that is no error.
  ///
  /// - Throws: `CaseEnd` if it is one.
  func value() throws(CaseEnd) -> [UInt8] {
    if let error { throw .failed("\(request): \(error)") }
    guard frame.type == kind.rawValue else {
      throw .failed("\(request): the answer's type is \(frame.type), not \(kind.rawValue)")
    }
    return frame.payload
  }

  /// Holds it against "OK" with its NUL.
  func ok() throws(CaseEnd) {
    let seen = try value()
    guard seen == [79, 75, 0] else {
      throw .failed(
        "\(request): \(seen.count) bytes \"\(seen.prefix(20).map { $0 })\", not OK and a NUL")
    }
  }

  /// Holds the payload against what it should be.
  func equals(_ wanted: [UInt8]) throws(CaseEnd) {
    let seen = try value()
    guard seen == wanted else {
      throw .failed(
        "\(request): \(seen.count) bytes \"\(Array(seen.prefix(24)))\", not the \(wanted.count) bytes \"\(Array(wanted.prefix(24)))\""
      )
    }
  }

  /// Holds the payload against what it should be.
  func equals(_ wanted: GuestText) throws(CaseEnd) { try equals(wanted.bytes) }

  /// Holds it against an error.
  func refused(_ wanted: GuestText, or other: GuestText? = nil) throws(CaseEnd) {
    if isError(wanted) || other.map({ isError($0) }) ?? false { return }
    let names = other.map { "\(wanted) or \($0)" as GuestText } ?? wanted
    throw .failed("\(request): \(word), not \(names)")
  }

  /// The name of the error that it has to be, whichever.
  @discardableResult
  func refused() throws(CaseEnd) -> GuestText {
    guard error != nil else { throw .failed("\(request): done, and not refused") }
    return word
  }

  /// The request, for people.
  private var request: GuestText {
    let text = asked.prefix(40).map { $0 == 0 ? UInt8(ascii: "|") : $0 }
    return "\(kind.name) \(text)\(asked.count > 40 ? "..." : "")"
  }
}

extension [UInt8] {
  /// The strings of a payload in which a NUL ends each.
  func strings() throws(CaseEnd) -> [[UInt8]] {
    guard let last else { return [] }
    guard last == 0 else { throw .failed("a list of strings ends with \(last), not with a NUL") }
    return dropLast().split(separator: 0, omittingEmptySubsequences: false).map { Array($0) }
  }

  /// Some bytes, again and again.
  init(_ text: GuestText, count: Int) {
    let piece = text.bytes
    self = (0..<count).map { piece[$0 % piece.count] }
  }

  /// A decimal number; nil for what is none.
  var decimal: UInt64? {
    guard !isEmpty, count <= 19 else { return nil }
    var result: UInt64 = 0
    for byte in self {
      guard byte >= 48, byte <= 57 else { return nil }
      result = result * 10 + UInt64(byte - 48)
    }
    return result
  }
}

/// Holds something against what it should be.
func require(_ isSo: Bool, _ note: @autoclosure () -> GuestText) throws(CaseEnd) {
  if !isSo { throw .failed(note()) }
}

/// The bytes of a literal.
func bytes(_ text: GuestText) -> [UInt8] { text.bytes }
