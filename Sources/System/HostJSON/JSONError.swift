// SPDX-License-Identifier: Apache-2.0

/// The first thing wrong with a JSON text, and the byte where it was seen.
public struct JSONError: Error, Equatable, Sendable, CustomStringConvertible {
  public enum Problem: Equatable, Sendable {
    case endsEarly
    case unexpected(byte: UInt8, wanted: String)
    case trailing(byte: UInt8)
    case tooDeep(limit: Int)
    case notWhole
    case numberTooLarge
    case controlCharacter(byte: UInt8)
    case badEscape
    case loneSurrogate
    case notUTF8
    case repeatedKey(String)
  }

  /// Bytes before the place of the problem.
  public var offset: Int
  public var problem: Problem

  public init(offset: Int, problem: Problem) {
    self.offset = offset
    self.problem = problem
  }

  /// A sentence for people.
  public var description: String {
    "byte \(offset): " + fact
  }

  /// What is wrong, without its place.
  public var fact: String {
    switch problem {
    case .endsEarly: "the text ends before the value does"
    case .unexpected(let byte, let wanted): "\(Self.show(byte)) where \(wanted) belongs"
    case .trailing(let byte): "\(Self.show(byte)) after the end of the value"
    case .tooDeep(let limit): "more than \(limit) levels of nesting"
    case .notWhole: "a number with a fraction or exponent; only whole numbers are used here"
    case .numberTooLarge: "a number that does not fit 64 bits"
    case .controlCharacter(let byte): "\(Self.show(byte)) inside a string; escape it"
    case .badEscape: "an escape that JSON does not know"
    case .loneSurrogate: "half of a surrogate pair"
    case .notUTF8: "a string that is not UTF-8"
    case .repeatedKey(let key): "the key \"\(key)\" a second time in one object"
    }
  }

  private static func show(_ byte: UInt8) -> String {
    guard (0x20..<0x7f).contains(byte) else { return "byte 0x" + String(byte, radix: 16) }
    return "'\(Character(Unicode.Scalar(byte)))'"
  }
}
