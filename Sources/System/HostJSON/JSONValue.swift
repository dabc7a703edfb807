// SPDX-License-Identifier: Apache-2.0

/// A JSON value.
public enum JSONValue: Equatable, Sendable {
  case null
  case boolean(Bool)
  case integer(Int)
  /// A number beyond the largest `Int`.
  case large(UInt64)
  /// A number with a fraction or an exponent, as it was written.
  case fraction(String)
  case string(String)
  case array([JSONValue])
  case object([JSONMember])

  /// The value of the first member with this key, if this is an object that has one.
  public subscript(key: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    for member in members where member.key == key { return member.value }
    return nil
  }
}

/// One key and its value; an object keeps its members in the order in which they were written.
public struct JSONMember: Equatable, Sendable {
  /// The name of the member.
  public var key: String
  /// What it stands for.
  public var value: JSONValue

  public init(_ key: String, _ value: JSONValue) {
    self.key = key
    self.value = value
  }
}

// MARK: - Writing

extension JSONValue {
  /// The value as one line of text without its newline: no byte below 0x20 occurs in it.
  public func serialised() -> [UInt8] {
    var text: [UInt8] = []
    write(to: &text, indentation: nil)
    return text
  }

  /// The value as lines of text for people, the last one with its newline.
  public func serialisedForPeople() -> [UInt8] {
    var text: [UInt8] = []
    write(to: &text, indentation: 0)
    return text + [UInt8(ascii: "\n")]
  }

  /// Writes it in one line, or indented by so many spaces.
  private func write(to text: inout [UInt8], indentation: Int?) {
    switch self {
    case .null: text.append(contentsOf: "null".utf8)
    case .boolean(let flag): text.append(contentsOf: (flag ? "true" : "false").utf8)
    case .integer(let number): text.append(contentsOf: String(number).utf8)
    case .string(let string): Self.write(string, to: &text)
    case .large(let number): text.append(contentsOf: String(number).utf8)
    case .fraction(let number): text.append(contentsOf: number.utf8)
    case .array(let elements):
      Self.write(elements, in: ("[", "]"), to: &text, indentation) { element, text, inner in
        element.write(to: &text, indentation: inner)
      }
    case .object(let members):
      Self.write(members, in: ("{", "}"), to: &text, indentation) { member, text, inner in
        Self.write(member.key, to: &text)
        text.append(contentsOf: (inner == nil ? ":" : " : ").utf8)
        member.value.write(to: &text, indentation: inner)
      }
    }
  }

  private static func write<Element>(
    _ elements: [Element], in brackets: (String, String), to text: inout [UInt8],
    _ indentation: Int?, _ write: (Element, inout [UInt8], Int?) -> Void
  ) {
    text.append(contentsOf: brackets.0.utf8)
    let inner = elements.isEmpty ? nil : indentation.map { $0 + 2 }
    for (index, element) in elements.enumerated() {
      if index > 0 { text.append(UInt8(ascii: ",")) }
      breakLine(inner, &text)
      write(element, &text, indentation.map { $0 + 2 })
    }
    if inner != nil { breakLine(indentation, &text) }
    text.append(contentsOf: brackets.1.utf8)
  }

  private static func breakLine(_ indentation: Int?, _ text: inout [UInt8]) {
    guard let indentation else { return }
    text.append(UInt8(ascii: "\n"))
    text.append(contentsOf: repeatElement(UInt8(ascii: " "), count: indentation))
  }

  private static func write(_ string: String, to text: inout [UInt8]) {
    text.append(UInt8(ascii: "\""))
    for byte in string.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        text.append(UInt8(ascii: "\\"))
        text.append(byte)
      case 0x0a: text.append(contentsOf: "\\n".utf8)
      case 0x09: text.append(contentsOf: "\\t".utf8)
      case 0x0d: text.append(contentsOf: "\\r".utf8)
      case 0..<0x20:
        text.append(contentsOf: byte < 0x10 ? "\\u000".utf8 : "\\u00".utf8)
        text.append(contentsOf: String(byte, radix: 16).utf8)
      default: text.append(byte)
      }
    }
    text.append(UInt8(ascii: "\""))
  }
}
