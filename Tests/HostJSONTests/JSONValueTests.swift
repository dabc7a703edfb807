// SPDX-License-Identifier: Apache-2.0

import HostJSON
import Testing

@Suite struct JSONValueTests {
  private func parse(_ text: String) throws(JSONError) -> JSONValue {
    try JSONValue(parsing: Array(text.utf8))
  }

  @Test(arguments: [
    ("null", JSONValue.null), ("true", .boolean(true)), ("false", .boolean(false)),
    ("0", .integer(0)), ("-0", .integer(0)), ("9223372036854775807", .integer(.max)),
    ("9223372036854775808", .large(1 << 63)),
    ("-9223372036854775808", .integer(.min)), ("\"\"", .string("")),
    (" [ 1 , [ ] , { } ] ", .array([.integer(1), .array([]), .object([])])),
    (
      "{\"a\":{\"b\":[true]}}",
      .object([JSONMember("a", .object([JSONMember("b", .array([.boolean(true)]))]))])
    ),
    (#""\"\\\/\b\f\n\r\t\u0041\u00e9\ud83d\ude00""#, .string("\"\\/\u{8}\u{c}\n\r\tAé😀")),
  ])
  func reads(text: String, value: JSONValue) throws {
    #expect(try parse(text) == value)
  }

  @Test(arguments: [
    ("", 0, JSONError.Problem.endsEarly), ("  ", 2, .endsEarly), ("[", 1, .endsEarly),
    ("{\"a\"", 4, .endsEarly), ("\"a", 2, .endsEarly), ("\"\\", 2, .endsEarly),
    ("\"\\u12", 5, .endsEarly), ("-", 1, .endsEarly), ("tru", 3, .endsEarly),
    ("x", 0, .unexpected(byte: 0x78, wanted: "a value")),
    ("[1 2]", 3, .unexpected(byte: 0x32, wanted: "',' or ']'")),
    ("[1,]", 3, .unexpected(byte: 0x5d, wanted: "a value")),
    ("{\"a\" 1}", 5, .unexpected(byte: 0x31, wanted: "':'")),
    ("{1:2}", 1, .unexpected(byte: 0x31, wanted: "a key")),
    ("01", 1, .trailing(byte: 0x31)), ("1 1", 2, .trailing(byte: 0x31)),
    ("1.5", 1, .notWhole), ("1e3", 1, .notWhole),
    ("18446744073709551616", 0, .numberTooLarge), ("-9223372036854775809", 0, .numberTooLarge),
    ("\"a\nb\"", 2, .controlCharacter(byte: 0x0a)), ("\"\\x\"", 1, .badEscape),
    ("\"\\ud800\"", 1, .loneSurrogate), ("\"\\udc00\"", 1, .loneSurrogate),
    ("\"\\ud800\\u0041\"", 1, .loneSurrogate),
    ("{\"a\":1,\"a\":2}", 7, .repeatedKey("a")),
  ])
  func names(text: String, offset: Int, problem: JSONError.Problem) {
    #expect(throws: JSONError(offset: offset, problem: problem)) { try parse(text) }
  }

  @Test(arguments: ["1.5", "-0.25", "1e3", "2.5E-7", "1e+3"])
  func fractionsWhereTheyAreAllowed(text: String) throws {
    let value = try JSONValue(parsing: Array(text.utf8), takesFractions: true)
    #expect(value == .fraction(text))
    #expect(String(decoding: value.serialised(), as: UTF8.self) == text)
  }

  @Test(arguments: [("1.", 2), ("1.e3", 2), ("1e", 2), ("1e+", 3), ("[1.5x]", 4)])
  func fractionsThatAreNone(text: String, offset: Int) {
    #expect { try JSONValue(parsing: Array(text.utf8), takesFractions: true) } throws: { error in
      (error as? JSONError)?.offset == offset
    }
  }

  @Test func refusesBytesThatAreNoUTF8() {
    #expect(throws: JSONError(offset: 0, problem: .notUTF8)) {
      try JSONValue(parsing: [0x22, 0xff, 0x22])
    }
  }

  @Test func nestsToTheLimitAndNoFurther() throws {
    let limit = JSONValue.depthLimit
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    _ = try parse(nested(limit))
    #expect(throws: JSONError(offset: limit, problem: .tooDeep(limit: limit))) {
      try parse(nested(limit + 1))
    }
    #expect(throws: JSONError.self) { try parse(String(repeating: "[", count: 60_000)) }
  }

  @Test func writesWhatItReads() throws {
    let value = JSONValue.object([
      JSONMember("text", .string("a\u{0}\u{1f}\n\"\\ é 😀")),
      JSONMember("numbers", .array([.integer(.min), .integer(0), .integer(.max)])),
      JSONMember("nothing", .null), JSONMember("flags", .array([.boolean(true), .boolean(false)])),
    ])
    let text = value.serialised()
    #expect(text.allSatisfy { $0 >= 0x20 })
    #expect(try JSONValue(parsing: text) == value)
  }

  /// Every prefix and every changed byte of a text is either a value or an error within the text.
  @Test func survivesDamage() {
    let text = Array(#"{"type":"run","n":-12,"l":[true,null,"\u00e9\ud83d\ude00x"],"o":{}}"#.utf8)
    for end in text.indices { expectSoundness(Array(text[..<end])) }
    for index in text.indices {
      for byte in UInt8.min ... .max {
        var damaged = text
        damaged[index] = byte
        expectSoundness(damaged)
      }
    }
  }

  private func expectSoundness(_ text: [UInt8]) {
    do {
      let value = try JSONValue(parsing: text)
      #expect((try? JSONValue(parsing: value.serialised())) == value)
    } catch {
      #expect((0...text.count).contains(error.offset))
    }
  }
}
