// SPDX-License-Identifier: Apache-2.0

/// The name of a lab that stays up: it names a folder, and is typed by people.
public struct LabName: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The name itself.
  public let text: String

  /// The lab that commands take when none is named.
  public static let standard = LabName(unchecked: "default")

  /// Characters that a name may have.
  public static let lengthLimit = 32

  /// Takes a name as it was typed.
  ///
  /// - Throws: `LabNameError` if it is empty, too long, or has other characters than a file name that
  ///   needs no quoting.
  public init(_ text: String) throws(LabNameError) {
    guard !text.isEmpty, text.utf8.count <= Self.lengthLimit, let first = text.utf8.first,
      text.utf8.allSatisfy(Self.isAllowed), Self.isLetterOrDigit(first)
    else { throw LabNameError(text: text) }
    self.text = text
  }

  private init(unchecked text: String) { self.text = text }

  /// The name.
  public var description: String { text }

  /// Orders names by their letters.
  public static func < (left: LabName, right: LabName) -> Bool { left.text < right.text }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    isLetterOrDigit(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
      || byte == UInt8(ascii: ".")
  }

  private static func isLetterOrDigit(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"):
      true
    default: false
    }
  }
}

/// A text that would not do for the folder of a lab.
public struct LabNameError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The text.
  public let text: String

  /// Says it of a text.
  public init(text: String) { self.text = text }

  /// The fact, and what would be right.
  public var description: String {
    "\"\(text)\" cannot be the name of a lab; take 1 to \(LabName.lengthLimit) of the characters "
      + "a-z A-Z 0-9 . _ -, a letter or digit first"
  }
}
