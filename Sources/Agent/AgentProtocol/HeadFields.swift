// SPDX-License-Identifier: Apache-2.0

import DomainModel
import JSON

/// Typed access to the members of a head; each error names the message and the field.
struct HeadFields {
  let head: JSONValue
  let type: String

  init(_ message: Message) throws(ProtocolError) {
    head = message.head
    guard let type = head["type"] else { throw .missingField("type", message: "") }
    guard case .string(let name) = type else {
      throw .wrongField("type", message: "", wanted: "a string")
    }
    self.type = name
  }

  private init(element: JSONValue, type: String) {
    head = element
    self.type = type
  }

  /// The objects of an array that is the whole body of a message, where a head has no room.
  static func objects(_ body: [UInt8], type: String) throws(ProtocolError) -> [HeadFields] {
    let value: JSONValue
    do {
      value = try JSONValue(parsing: body)
    } catch {
      throw .malformedHead(error)
    }
    guard case .array(let elements) = value else {
      throw .wrongField("body", message: type, wanted: "an array of objects")
    }
    return elements.map { HeadFields(element: $0, type: type) }
  }

  /// The objects of an array, each with fields of its own.
  func objects(_ key: String) throws(ProtocolError) -> [HeadFields] {
    guard let value = head[key] else { throw .missingField(key, message: type) }
    guard case .array(let elements) = value else { throw wrong(key, "an array of objects") }
    return elements.map { HeadFields(element: $0, type: type) }
  }

  /// An object with fields of its own; nil if there is none.
  func object(_ key: String) throws(ProtocolError) -> HeadFields? {
    guard let value = head[key], value != .null else { return nil }
    guard case .object = value else { throw wrong(key, "an object") }
    return HeadFields(element: value, type: type)
  }

  func string(_ key: String) throws(ProtocolError) -> String {
    guard let value = head[key] else { throw .missingField(key, message: type) }
    guard case .string(let string) = value else { throw wrong(key, "a string") }
    return string
  }

  func count(_ key: String) throws(ProtocolError) -> Int {
    guard let value = head[key] else { throw .missingField(key, message: type) }
    guard case .integer(let number) = value, number >= 0 else {
      throw wrong(key, "a whole number, 0 or more")
    }
    return number
  }

  /// An absent field and a null one are both nil.
  func optionalCount(_ key: String) throws(ProtocolError) -> Int? {
    guard let value = head[key], value != .null else { return nil }
    return try count(key)
  }

  func integer(_ key: String) throws(ProtocolError) -> Int {
    guard let value = head[key] else { throw .missingField(key, message: type) }
    guard case .integer(let number) = value else { throw wrong(key, "a whole number") }
    return number
  }

  func flag(_ key: String) throws(ProtocolError) -> Bool {
    guard let value = head[key] else { throw .missingField(key, message: type) }
    guard case .boolean(let flag) = value else { throw wrong(key, "true or false") }
    return flag
  }

  func strings(_ key: String) throws(ProtocolError) -> [String] {
    guard let value = head[key] else { throw .missingField(key, message: type) }
    guard case .array(let elements) = value else { throw wrong(key, "an array of strings") }
    var strings: [String] = []
    for element in elements {
      guard case .string(let string) = element else { throw wrong(key, "an array of strings") }
      strings.append(string)
    }
    return strings
  }

  func wrong(_ key: String, _ wanted: String) -> ProtocolError {
    .wrongField(key, message: type, wanted: wanted)
  }
}

extension Message {
  /// A message whose head starts with its type.
  init(type: String, _ members: [JSONMember] = [], body: [UInt8] = []) {
    self.init(head: .object([JSONMember("type", .string(type))] + members), body: body)
  }
}

extension JSONMember {
  /// A count, or nothing at all when there is none.
  static func optional(_ key: String, _ count: Int?) -> [JSONMember] {
    count.map { [JSONMember(key, .integer($0))] } ?? []
  }
}

// The values that travel, as members of messages.

extension DomainSpec {
  init(_ fields: HeadFields) throws(ProtocolError) {
    self.init()
    name = try fields.optionalString("name")
    image = try fields.optionalString("image")
    modules = fields.head["modules"] == nil ? nil : try fields.strings("modules")
    commandLine = try fields.optionalString("commandLine")
    memoryKiB = try fields.optionalCount("memoryKiB")
    vcpuCount = try fields.optionalCount("vcpuCount")
    timestampCounter = try fields.optionalChoice("timestampCounter")
    loader = try fields.optionalChoice("loader")
    restart = try fields.optionalChoice("restart")
    remarks = try fields.strings("remarks")
  }

  var wireMessage: Message {
    let texts: [(String, String?)] = [
      ("name", name), ("image", image), ("commandLine", commandLine),
      ("timestampCounter", timestampCounter?.rawValue), ("loader", loader?.rawValue),
      ("restart", restart?.rawValue),
    ]
    return Message(
      type: "description",
      texts.compactMap { key, text in text.map { JSONMember(key, .string($0)) } }
        + (modules.map { [JSONMember("modules", .strings($0))] } ?? [])
        + JSONMember.optional("memoryKiB", memoryKiB)
        + JSONMember.optional("vcpuCount", vcpuCount)
        + [JSONMember("remarks", .strings(remarks))])
  }
}

extension HeadFields {
  fileprivate func optionalString(_ key: String) throws(ProtocolError) -> String? {
    head[key] == nil ? nil : try string(key)
  }

  fileprivate func optionalChoice<Choice: RawRepresentable & CaseIterable>(
    _ key: String
  ) throws(ProtocolError) -> Choice? where Choice.RawValue == String {
    guard let text = try optionalString(key) else { return nil }
    guard let choice = Choice(rawValue: text) else {
      let known = Choice.allCases.map { "\"\($0.rawValue)\"" }
      throw wrong(key, known.joined(separator: " or "))
    }
    return choice
  }
}

extension JSONValue {
  fileprivate static func strings(_ texts: [String]) -> JSONValue {
    .array(texts.map { .string($0) })
  }
}

extension Outcome {
  init(_ fields: HeadFields) throws(ProtocolError) {
    switch try fields.string("outcome") {
    case "exited": self = .exited(try fields.count("status"))
    case "malformedExitStatus": self = .malformedExitStatus(try fields.string("seen"))
    case "crashed": self = .crashed
    case "rebootRequested": self = .rebootRequested
    case "otherShutdown": self = .otherShutdown(reason: try fields.count("reason"))
    case "timedOut": self = .timedOut
    case "stopped": self = .stopped
    case "destroyedFromOutside": self = .destroyedFromOutside
    default: throw fields.wrong("outcome", "one of the outcomes of this protocol version")
    }
  }

  var members: [JSONMember] {
    switch self {
    case .exited(let status): named("exited") + [JSONMember("status", .integer(status))]
    case .malformedExitStatus(let seen):
      named("malformedExitStatus") + [JSONMember("seen", .string(seen))]
    case .crashed: named("crashed")
    case .rebootRequested: named("rebootRequested")
    case .otherShutdown(let reason):
      named("otherShutdown") + [JSONMember("reason", .integer(reason))]
    case .timedOut: named("timedOut")
    case .stopped: named("stopped")
    case .destroyedFromOutside: named("destroyedFromOutside")
    }
  }

  private func named(_ word: String) -> [JSONMember] { [JSONMember("outcome", .string(word))] }
}
