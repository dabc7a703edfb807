// SPDX-License-Identifier: Apache-2.0

extension JSONValue {
  /// Levels of arrays and objects that a text may nest.
  public static var depthLimit: Int { 16 }

  /// Reads one value, which must be the whole text.
  ///
  /// The text is the other side's: every byte of it is looked at before it is believed. Numbers that are
  /// not whole are refused unless `takesFractions` says otherwise.
  public init(parsing text: [UInt8], takesFractions: Bool = false) throws(JSONError) {
    var parser = JSONParser(text: text, takesFractions: takesFractions)
    self = try parser.value(depth: 0)
    parser.skipSpace()
    if let byte = parser.peek { throw parser.error(.trailing(byte: byte)) }
  }
}

/// A cursor over the bytes of one text.
struct JSONParser {
  let text: [UInt8]
  private let takesFractions: Bool
  var offset = 0

  init(text: [UInt8], takesFractions: Bool) {
    self.text = text
    self.takesFractions = takesFractions
  }

  var peek: UInt8? { offset < text.count ? text[offset] : nil }

  func error(_ problem: JSONError.Problem) -> JSONError {
    JSONError(offset: offset, problem: problem)
  }

  func unexpected(wanted: String) -> JSONError {
    guard let byte = peek else { return error(.endsEarly) }
    return error(.unexpected(byte: byte, wanted: wanted))
  }

  mutating func skipSpace() {
    while let byte = peek, byte == 0x20 || byte == 0x09 || byte == 0x0a || byte == 0x0d {
      offset += 1
    }
  }

  mutating func take(_ byte: UInt8) -> Bool {
    guard peek == byte else { return false }
    offset += 1
    return true
  }

  mutating func value(depth: Int) throws(JSONError) -> JSONValue {
    skipSpace()
    guard let byte = peek else { throw error(.endsEarly) }
    switch byte {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    case UInt8(ascii: "t"): return try word("true", .boolean(true))
    case UInt8(ascii: "f"): return try word("false", .boolean(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: throw unexpected(wanted: "a value")
    }
  }

  private mutating func word(_ word: StaticString, _ value: JSONValue) throws(JSONError)
    -> JSONValue
  {
    for index in 0..<word.utf8CodeUnitCount {
      guard take(word.utf8Start[index]) else { throw unexpected(wanted: "\(word)") }
    }
    return value
  }

  private mutating func array(depth: Int) throws(JSONError) -> JSONValue {
    guard depth < JSONValue.depthLimit else {
      throw error(.tooDeep(limit: JSONValue.depthLimit))
    }
    offset += 1
    var elements: [JSONValue] = []
    skipSpace()
    if take(UInt8(ascii: "]")) { return .array(elements) }
    while true {
      elements.append(try value(depth: depth + 1))
      skipSpace()
      if take(UInt8(ascii: "]")) { return .array(elements) }
      guard take(UInt8(ascii: ",")) else { throw unexpected(wanted: "',' or ']'") }
    }
  }

  private mutating func object(depth: Int) throws(JSONError) -> JSONValue {
    guard depth < JSONValue.depthLimit else {
      throw error(.tooDeep(limit: JSONValue.depthLimit))
    }
    offset += 1
    var members: [JSONMember] = []
    skipSpace()
    if take(UInt8(ascii: "}")) { return .object(members) }
    while true {
      skipSpace()
      let keyOffset = offset
      guard peek == UInt8(ascii: "\"") else { throw unexpected(wanted: "a key") }
      let key = try string()
      for member in members where member.key == key {
        throw JSONError(offset: keyOffset, problem: .repeatedKey(key))
      }
      skipSpace()
      guard take(UInt8(ascii: ":")) else { throw unexpected(wanted: "':'") }
      members.append(JSONMember(key, try value(depth: depth + 1)))
      skipSpace()
      if take(UInt8(ascii: "}")) { return .object(members) }
      guard take(UInt8(ascii: ",")) else { throw unexpected(wanted: "',' or '}'") }
    }
  }

  private mutating func number() throws(JSONError) -> JSONValue {
    let start = offset
    let isNegative = take(UInt8(ascii: "-"))
    let firstDigit = offset
    var magnitude: UInt64 = 0
    while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
      let (tens, overflow) = magnitude.multipliedReportingOverflow(by: 10)
      let (sum, carry) = tens.addingReportingOverflow(UInt64(byte - UInt8(ascii: "0")))
      guard !overflow, !carry else { throw JSONError(offset: start, problem: .numberTooLarge) }
      magnitude = sum
      offset += 1
      // Nothing follows a leading zero.
      if offset == firstDigit + 1, sum == 0 { break }
    }
    guard offset > firstDigit else { throw unexpected(wanted: "a digit") }
    if let byte = peek, byte == UInt8(ascii: ".") || byte | 0x20 == UInt8(ascii: "e") {
      guard takesFractions else { throw error(.notWhole) }
      return try fraction(from: start)
    }
    if let number = Int(exactly: magnitude) { return .integer(isNegative ? -number : number) }
    guard isNegative else { return .large(magnitude) }
    guard magnitude == UInt64(Int.max) + 1 else {
      throw JSONError(offset: start, problem: .numberTooLarge)
    }
    return .integer(.min)
  }
}

extension JSONParser {
  /// Reads what follows the whole part of a number that began at `start`.
  private mutating func fraction(from start: Int) throws(JSONError) -> JSONValue {
    if take(UInt8(ascii: ".")) { try digits() }
    if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
      if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
      try digits()
    }
    return .fraction(String(decoding: text[start..<offset], as: UTF8.self))
  }

  private mutating func digits() throws(JSONError) {
    let first = offset
    while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { offset += 1 }
    guard offset > first else { throw unexpected(wanted: "a digit") }
  }
}

// MARK: - Strings

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
