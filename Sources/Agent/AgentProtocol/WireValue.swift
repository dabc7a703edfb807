// SPDX-License-Identifier: Apache-2.0

import HostJSON

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

// MARK: - Fields

/// How values of one type look in JSON.
struct FieldForm<Value> {
  /// What a value has to be, for errors.
  let wanted: () -> String
  /// The value; nil if it is none of this form.
  let read: (JSONValue) -> Value?
  let write: (Value) -> JSONValue

  init(
    _ wanted: @autoclosure @escaping () -> String, read: @escaping (JSONValue) -> Value?,
    write: @escaping (Value) -> JSONValue
  ) {
    (self.wanted, self.read, self.write) = (wanted, read, write)
  }
}

extension FieldForm<String> {
  static var text: FieldForm {
    FieldForm("a string") {
      if case .string(let text) = $0 { text } else { nil }
    } write: {
      .string($0)
    }
  }
}

extension FieldForm<[String]> {
  static var texts: FieldForm {
    FieldForm("an array of strings") { value in
      guard case .array(let elements) = value else { return nil }
      let texts = elements.compactMap { if case .string(let text) = $0 { text } else { nil } }
      return texts.count == elements.count ? texts : nil
    } write: {
      .array($0.map { .string($0) })
    }
  }
}

extension FieldForm<Int> {
  static var integer: FieldForm {
    FieldForm("a whole number") {
      if case .integer(let number) = $0 { number } else { nil }
    } write: {
      .integer($0)
    }
  }

  static var count: FieldForm {
    FieldForm("a whole number, 0 or more") { value in
      guard case .integer(let number) = value, number >= 0 else { return nil }
      return number
    } write: {
      .integer($0)
    }
  }
}

extension FieldForm<Bool> {
  static var flag: FieldForm {
    FieldForm("true or false") {
      if case .boolean(let flag) = $0 { flag } else { nil }
    } write: {
      .boolean($0)
    }
  }
}

extension FieldForm
where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
  /// One of the words of an enumeration.
  static var choice: FieldForm {
    FieldForm(WireFields.list(Value.allCases.map(\.rawValue))) { value in
      guard case .string(let word) = value else { return nil }
      return Value(rawValue: word)
    } write: {
      .string($0.rawValue)
    }
  }
}
