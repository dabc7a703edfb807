// SPDX-License-Identifier: Apache-2.0

public import GuestRuntime

/// One line for programs: a prefix, then a JSON object.
///
/// It is printed as a whole, and has 1000 bytes at most if those who add to it keep to it.
public struct JSONLine {
  private var bytes: [UInt8]

  /// A line of some kind; its first members are the version of the format and the kind.
  public init(_ kind: StaticString) {
    bytes = GuestText("@pvh {\"v\":1").bytes
    add("t", kind)
  }

  /// Adds a text of the program.
  public mutating func add(_ name: StaticString, _ value: StaticString) {
    add(name, GuestText(stringLiteral: value).bytes)
  }

  /// Adds text from outside. Bytes that are no ASCII, or that steer terminals, are written as the code
  /// point of their number.
  public mutating func add(_ name: StaticString, _ value: [UInt8]) {
    begin(name)
    append(string: value)
  }

  /// Adds a number.
  public mutating func add(_ name: StaticString, _ value: some BinaryInteger) {
    begin(name)
    append("\(value)")
  }

  /// Adds true or false.
  public mutating func add(_ name: StaticString, _ value: Bool) {
    begin(name)
    append(value ? "true" : "false")
  }

  /// Adds a number in hexadecimal, as text: JSON's numbers end at 53 bits in many programs.
  public mutating func add(_ name: StaticString, hex value: UInt64) {
    begin(name)
    append("\"0x\(hex: value)\"")
  }

  /// Adds what is JSON already.
  public mutating func add(_ name: StaticString, json value: [UInt8]) {
    begin(name)
    bytes += value
  }

  /// Prints the line.
  public func print(_ output: LineOutput) { output.write(bytes + GuestText("}\n").bytes) }

  /// Bytes as a JSON string, in quotation marks.
  public static func string(_ value: [UInt8]) -> [UInt8] {
    var line = JSONLine("")
    line.bytes = []
    line.append(string: value)
    return line.bytes
  }

  private mutating func begin(_ name: StaticString) {
    append(",\"\(GuestText(stringLiteral: name))\":")
  }

  private mutating func append(_ text: GuestText) { bytes += text.bytes }

  private mutating func append(string value: [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    for byte in value {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        bytes.append(UInt8(ascii: "\\"))
        bytes.append(byte)
      case 0x20..<0x7f: bytes.append(byte)
      default:
        append("\\u00")
        append(hexDigit: byte >> 4)
        append(hexDigit: byte & 15)
      }
    }
    bytes.append(UInt8(ascii: "\""))
  }

  private mutating func append(hexDigit digit: UInt8) {
    bytes.append(digit < 10 ? 48 + digit : 87 + digit)
  }
}
