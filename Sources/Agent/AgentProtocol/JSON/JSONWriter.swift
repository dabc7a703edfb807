// SPDX-License-Identifier: Apache-2.0

extension JSONValue {
  /// The value as one line of text without its newline: no byte below 0x20 occurs in it.
  public func serialised() -> [UInt8] {
    var text: [UInt8] = []
    write(to: &text)
    return text
  }

  private func write(to text: inout [UInt8]) {
    switch self {
    case .null: text.append(contentsOf: "null".utf8)
    case .boolean(let flag): text.append(contentsOf: (flag ? "true" : "false").utf8)
    case .integer(let number): text.append(contentsOf: String(number).utf8)
    case .string(let string): Self.write(string, to: &text)
    case .array(let elements):
      text.append(UInt8(ascii: "["))
      for (index, element) in elements.enumerated() {
        if index > 0 { text.append(UInt8(ascii: ",")) }
        element.write(to: &text)
      }
      text.append(UInt8(ascii: "]"))
    case .object(let members):
      text.append(UInt8(ascii: "{"))
      for (index, member) in members.enumerated() {
        if index > 0 { text.append(UInt8(ascii: ",")) }
        Self.write(member.key, to: &text)
        text.append(UInt8(ascii: ":"))
        member.value.write(to: &text)
      }
      text.append(UInt8(ascii: "}"))
    }
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
