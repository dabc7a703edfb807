// SPDX-License-Identifier: Apache-2.0

import DomainModel
import JSON

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
