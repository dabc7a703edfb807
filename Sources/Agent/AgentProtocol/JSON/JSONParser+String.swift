// SPDX-License-Identifier: Apache-2.0

extension JSONParser {
  /// Reads a string; the cursor is on its opening quote.
  mutating func string() throws(JSONError) -> String {
    let start = offset
    offset += 1
    var bytes: [UInt8] = []
    while let byte = peek {
      switch byte {
      case UInt8(ascii: "\""):
        offset += 1
        guard let string = String(validating: bytes, as: UTF8.self) else {
          throw JSONError(offset: start, problem: .notUTF8)
        }
        return string
      case UInt8(ascii: "\\"):
        try escape(into: &bytes)
      case 0..<0x20:
        throw error(.controlCharacter(byte: byte))
      default:
        bytes.append(byte)
        offset += 1
      }
    }
    throw error(.endsEarly)
  }

  private mutating func escape(into bytes: inout [UInt8]) throws(JSONError) {
    let start = offset
    offset += 1
    guard let letter = peek else { throw error(.endsEarly) }
    offset += 1
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(letter)
    case UInt8(ascii: "b"): bytes.append(0x08)
    case UInt8(ascii: "f"): bytes.append(0x0c)
    case UInt8(ascii: "n"): bytes.append(0x0a)
    case UInt8(ascii: "r"): bytes.append(0x0d)
    case UInt8(ascii: "t"): bytes.append(0x09)
    case UInt8(ascii: "u"):
      guard let scalar = Unicode.Scalar(try codePoint(escapedAt: start)) else {
        throw JSONError(offset: start, problem: .loneSurrogate)
      }
      bytes.append(contentsOf: UTF8.encode(scalar).map { Array($0) } ?? [])
    default: throw JSONError(offset: start, problem: .badEscape)
    }
  }

  /// The code point of one `\u` escape, or of two that form a surrogate pair.
  private mutating func codePoint(escapedAt start: Int) throws(JSONError) -> UInt32 {
    let first = try fourDigits()
    guard (0xd800..<0xdc00).contains(first) else { return first }
    guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else {
      throw JSONError(offset: start, problem: .loneSurrogate)
    }
    let second = try fourDigits()
    guard (0xdc00..<0xe000).contains(second) else {
      throw JSONError(offset: start, problem: .loneSurrogate)
    }
    return 0x10000 + (first - 0xd800) << 10 + (second - 0xdc00)
  }

  private mutating func fourDigits() throws(JSONError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = peek else { throw error(.endsEarly) }
      let digit: UInt8
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
      default: throw unexpected(wanted: "a hexadecimal digit")
      }
      value = value << 4 | UInt32(digit)
      offset += 1
    }
    return value
  }
}
