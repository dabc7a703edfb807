// SPDX-License-Identifier: Apache-2.0

extension JSONValue {
  /// Levels of arrays and objects that a text may nest.
  public static var depthLimit: Int { 16 }

  /// Reads one value, which must be the whole text.
  ///
  /// The text is the other side's: every byte of it is looked at before it is believed.
  public init(parsing text: [UInt8]) throws(JSONError) {
    var parser = JSONParser(text: text)
    self = try parser.value(depth: 0)
    parser.skipSpace()
    if let byte = parser.peek { throw parser.error(.trailing(byte: byte)) }
  }
}

/// A cursor over the bytes of one text.
struct JSONParser {
  let text: [UInt8]
  var offset = 0

  init(text: [UInt8]) {
    self.text = text
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
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .integer(try integer())
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

  private mutating func integer() throws(JSONError) -> Int {
    let start = offset
    let negative = take(UInt8(ascii: "-"))
    let firstDigit = offset
    var number = 0
    while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
      let digit = Int(byte - UInt8(ascii: "0"))
      // Counted downwards for negative numbers: their range reaches one further.
      let (tens, overflow) = number.multipliedReportingOverflow(by: 10)
      let (sum, carry) = tens.addingReportingOverflow(negative ? -digit : digit)
      guard !overflow, !carry else { throw JSONError(offset: start, problem: .numberTooLarge) }
      number = sum
      offset += 1
      if offset == firstDigit + 1, digit == 0 { break }
    }
    guard offset > firstDigit else { throw unexpected(wanted: "a digit") }
    if let byte = peek, byte == UInt8(ascii: ".") || byte | 0x20 == UInt8(ascii: "e") {
      throw error(.notWhole)
    }
    return number
  }
}
