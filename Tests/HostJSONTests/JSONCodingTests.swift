// SPDX-License-Identifier: Apache-2.0

import HostJSON
import Testing

@Suite struct JSONCodingTests {
  private struct Inner: Codable, Equatable {
    enum Kind: String, Codable { case round, square }
    var kind: Kind
    var sum: UInt64
    var flags: [Bool]
  }

  private struct Outer: Codable, Equatable {
    var name: String
    var count: Int
    var missing: Int?
    var inner: [String: Inner]
    var lists: [[Int8]]
    var text: String?
  }

  private let value = Outer(
    name: "a/\"b\"\n", count: -3, missing: nil,
    inner: ["z": Inner(kind: .square, sum: .max, flags: [true, false])], lists: [[], [-128, 127]],
    text: "é")

  private func text(_ value: JSONValue) -> String {
    String(decoding: value.serialised(), as: UTF8.self)
  }

  @Test func valuesSurviveTheirText() throws {
    let json = try JSON.value(value)
    #expect(
      text(json)
        == #"{"count":-3,"inner":{"z":{"flags":[true,false],"kind":"square","#
        + #""sum":18446744073709551615}},"lists":[[],[-128,127]],"name":"a/\"b\"\n","text":"é"}"#)
    #expect(try JSON.decode(Outer.self, from: json.serialised()) == value)
    #expect(try JSON.decode(Outer.self, from: json.serialisedForPeople()) == value)
  }

  @Test func peopleGetLines() throws {
    let json = try JSON.value(["b": [1, 2], "a": []])
    let lines = ["{", "  \"a\" : [],", "  \"b\" : [", "    1,", "    2", "  ]", "}", ""]
    #expect(
      String(decoding: json.serialisedForPeople(), as: UTF8.self)
        == lines.joined(separator: "\n"))
  }

  @Test(arguments: [
    (#"{"kind":"round","sum":1,"flags":[true,1]}"#, "flags.1", "the number 1 where true or false"),
    (#"{"kind":"round","sum":-1,"flags":[]}"#, "sum", "the number -1 where a whole number"),
    (#"{"kind":"round","sum":null,"flags":[]}"#, "sum", "null where a whole number"),
    (#"{"kind":"round","sum":"1","flags":[]}"#, "sum", "a string where a whole number"),
    (#"{"kind":"oval","sum":1,"flags":[]}"#, "kind", "oval"),
    (#"{"kind":"round","sum":1}"#, "", "\"flags\" is missing"),
    (#"{"kind":"round","sum":1,"flags":{}}"#, "flags", "an object where an array belongs"),
    ("[]", "", "an array where an object belongs"), ("{", "", "it is not JSON: byte 1"),
    (#"{"sum":1.5}"#, "", "a number with a fraction"),
  ])
  func saysWhatIsWrongAndWhere(json: String, path: String, message: String) throws {
    do {
      _ = try JSON.decode(Inner.self, from: Array(json.utf8))
      Issue.record("\(json) was read")
    } catch let error as DecodingError {
      let context =
        switch error {
        case .dataCorrupted(let context), .keyNotFound(_, let context),
          .typeMismatch(_, let context), .valueNotFound(_, let context):
          context
        @unknown default: try #require(nil as DecodingError.Context?)
        }
      let place = context.codingPath.map { $0.intValue.map(String.init) ?? $0.stringValue }
      #expect(place.joined(separator: ".") == path)
      #expect(context.debugDescription.contains(message))
    }
  }

  @Test func refusesNumbersThatAreNotWhole() {
    #expect(throws: EncodingError.self) { try JSON.value([1.5]) }
  }
}
