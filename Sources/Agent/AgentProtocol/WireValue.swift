// SPDX-License-Identifier: Apache-2.0

import JSON

/// A value that travels as the members of a JSON object.
///
/// Its fields are listed once, for reading and for writing.
protocol WireValue {
  /// A value to read into: each of its fields is replaced.
  static var blank: Self { get }

  /// Passes each field, in the order in which they are written.
  mutating func pass(_ fields: inout WireFields) throws(ProtocolError)
}

/// An enumeration that travels as a word and the fields of its case.
protocol WireChoice: Sendable {
  /// One value of each case, to read into.
  static var blanks: [Self] { get }
  /// What names the case.
  var word: String { get }

  /// Passes the fields of this case, in the order in which they are written.
  mutating func pass(_ fields: inout WireFields) throws(ProtocolError)
}

extension WireValue {
  var object: JSONValue {
    var value = self
    return .object(
      WireFields { fields throws(ProtocolError) in try value.pass(&fields) }.members)
  }

  /// Reads the fields of an object, over all of this value.
  mutating func read(from object: JSONValue, of message: String) throws(ProtocolError) {
    self = .blank
    var fields = WireFields(reading: object, of: message)
    try pass(&fields)
  }
}

extension WireChoice {
  /// Reads a message, whose type is the word.
  static func read(_ message: Message) throws(ProtocolError) -> Self {
    let type = try message.type
    guard var value = blanks.first(where: { $0.word == type }) else {
      throw .unknownMessage(type: type)
    }
    var fields = WireFields(reading: message.head, of: type, body: message.body)
    try value.pass(&fields)
    return value
  }

  /// The value as a message, whose type is the word.
  var written: Message {
    var value = self
    return WireFields { fields throws(ProtocolError) in try value.pass(&fields) }
      .message(type: word)
  }
}

extension Message {
  /// What kind of message it is.
  var type: String {
    get throws(ProtocolError) {
      guard let type = head["type"] else { throw .missingField("type", message: "") }
      guard case .string(let word) = type else {
        throw .wrongField("type", message: "", wanted: "a string")
      }
      return word
    }
  }
}
