// SPDX-License-Identifier: Apache-2.0

import HostJSON

/// The members of one JSON object and the body that follows it, while they are read into values or written
/// from them. Each error names the message and the field.
///
/// Calls and not a table of key paths: nothing has to be made of it when the agent starts.
struct WireFields {
  /// The object that is read; nil while one is written.
  private let source: JSONValue?
  /// The type of the message, for errors.
  private let message: String
  /// What has been written so far.
  private(set) var members: [JSONMember] = []
  private var body: [UInt8] = []

  /// Reads the fields of an object.
  init(reading source: JSONValue, of message: String, body: [UInt8] = []) {
    self.source = source
    self.message = message
    self.body = body
  }

  /// Writes fields.
  ///
  /// - Precondition: `list` passes fields and does not throw, as nothing does that writes.
  init(_ list: (inout WireFields) throws(ProtocolError) -> Void) {
    source = nil
    message = ""
    do {
      try list(&self)
    } catch {
      preconditionFailure("writing failed: \(error)")
    }
  }

  // MARK: - Fields

  /// Passes a field that is always there.
  mutating func pass<Value>(_ key: String, _ value: inout Value, _ form: FieldForm<Value>)
    throws(ProtocolError)
  {
    guard let source else { return members.append(JSONMember(key, form.write(value))) }
    guard let found = source[key] else { throw .missingField(key, message: message) }
    value = try read(found, key, form)
  }

  /// Passes a field that is left out where there is no value; null is read as none, too.
  mutating func pass<Value>(_ key: String, _ value: inout Value?, _ form: FieldForm<Value>)
    throws(ProtocolError)
  {
    guard let source else {
      if let value { members.append(JSONMember(key, form.write(value))) }
      return
    }
    guard let found = source[key], found != .null else {
      value = nil
      return
    }
    value = try read(found, key, form)
  }

  /// Passes a count that is null where there is none.
  mutating func pass(nullable key: String, _ count: inout Int?) throws(ProtocolError) {
    if source == nil, count == nil { return members.append(JSONMember(key, .null)) }
    try pass(key, &count, .count)
  }

  /// Passes an object with fields of its own.
  mutating func pass(_ key: String, _ value: inout some WireValue) throws(ProtocolError) {
    guard let source else { return members.append(JSONMember(key, value.object)) }
    guard let found = source[key], found != .null else {
      throw .missingField(key, message: message)
    }
    guard case .object = found else { throw wrong(key, "an object") }
    try value.read(from: found, of: message)
  }

  /// Passes an object that is left out where there is no value.
  mutating func pass<Value: WireValue>(_ key: String, _ value: inout Value?) throws(ProtocolError) {
    let isThere = source.map { $0[key] ?? .null != .null } ?? (value != nil)
    guard isThere else {
      value = nil
      return
    }
    var present = value ?? .blank
    try pass(key, &present)
    value = present
  }

  /// Passes an array of objects.
  mutating func pass<Value: WireValue>(_ key: String, _ values: inout [Value])
    throws(ProtocolError)
  {
    guard let source else { return members.append(JSONMember(key, .array(values.map(\.object)))) }
    guard let found = source[key] else { throw .missingField(key, message: message) }
    values = try read(found, key)
  }

  /// Passes an array of objects that is left out where there is none.
  mutating func pass<Value: WireValue>(_ key: String, _ values: inout [Value]?)
    throws(ProtocolError)
  {
    let isThere = source.map { $0[key] ?? .null != .null } ?? (values != nil)
    guard isThere else {
      values = nil
      return
    }
    var present = values ?? []
    try pass(key, &present)
    values = present
  }

  /// Passes the word of an enumeration. The fields of its case are passed by its own `pass`.
  mutating func pass<Choice: WireChoice>(word key: String, _ choice: inout Choice)
    throws(ProtocolError)
  {
    var word = choice.word
    try pass(key, &word, .text)
    guard source != nil else { return }
    guard let blank = Choice.blanks.first(where: { $0.word == word }) else {
      throw wrong(key, Self.list(Choice.blanks.map(\.word)))
    }
    choice = blank
  }

  /// Passes the word of an enumeration and the fields of its case, or nothing if there is no value.
  mutating func pass<Choice: WireChoice>(word key: String, _ choice: inout Choice?, blank: Choice)
    throws(ProtocolError)
  {
    let isThere = source.map { $0[key] != nil } ?? (choice != nil)
    guard isThere else {
      choice = nil
      return
    }
    var present = choice ?? blank
    try pass(word: key, &present)
    try present.pass(&self)
    choice = present
  }

  /// Passes a value of which all fields are members of this object.
  mutating func passed<Value: WireValue>(_ value: Value) throws(ProtocolError) -> Value {
    var value = value
    try value.pass(&self)
    return value
  }

  /// Passes a field that is always there.
  mutating func passed<Value>(_ key: String, _ value: Value, _ form: FieldForm<Value>)
    throws(ProtocolError) -> Value
  {
    var value = value
    try pass(key, &value, form)
    return value
  }

  /// Refuses what was read unless it is as it has to be.
  func require(_ isRight: Bool, _ key: String, _ wanted: String) throws(ProtocolError) {
    if source != nil, !isRight { throw wrong(key, wanted) }
  }

  private func read<Value>(_ found: JSONValue, _ key: String, _ form: FieldForm<Value>)
    throws(ProtocolError) -> Value
  {
    guard let value = form.read(found) else { throw wrong(key, form.wanted()) }
    return value
  }

  private func read<Value: WireValue>(_ found: JSONValue, _ key: String)
    throws(ProtocolError) -> [Value]
  {
    guard case .array(let elements) = found else { throw wrong(key, "an array of objects") }
    var values: [Value] = []
    for element in elements {
      var value = Value.blank
      try value.read(from: element, of: message)
      values.append(value)
    }
    return values
  }

  private func wrong(_ key: String, _ wanted: String) -> ProtocolError {
    .wrongField(key, message: message, wanted: wanted)
  }

  /// Words as alternatives, for errors.
  static func list(_ words: [String]) -> String {
    words.map { "\"\($0)\"" }.joined(separator: " or ")
  }
}

// MARK: - Bodies

extension WireFields {
  mutating func passed(body bytes: [UInt8]) -> [UInt8] {
    if source == nil { body = bytes }
    return body
  }

  mutating func passed(body text: String) -> String {
    if source == nil { body = Array(text.utf8) }
    return String(decoding: body, as: UTF8.self)
  }

  /// Passes the body as an array of objects: what a head would have no room for.
  mutating func passed<Value: WireValue>(body values: [Value]) throws(ProtocolError) -> [Value] {
    guard source != nil else {
      body = JSONValue.array(values.map(\.object)).serialised()
      return values
    }
    let found: JSONValue
    do {
      found = try JSONValue(parsing: body)
    } catch {
      throw .malformedBody(
        error, count: body.count, start: Array(body.prefix(ProtocolError.shownBytes)))
    }
    return try read(found, "body")
  }

  /// What has been written, as a message.
  func message(type: String) -> Message {
    Message(head: .object([JSONMember("type", .string(type))] + members), body: body)
  }
}
