// SPDX-License-Identifier: Apache-2.0

public import DomainModel
import JSON

/// What the agent tells pvh.
public enum Event: Equatable, Sendable {
  /// Answers ``Request/hello(_:)``.
  case ready(AgentInformation)
  /// The domain exists and is paused.
  case created(CreatedDomain)
  /// Bytes of the domain's console, exactly as the guest wrote them.
  case console([UInt8])
  /// So many bytes of input reached the guest's terminal; the client may send as many again.
  case inputAccepted(Int)
  /// A text for people who asked for details.
  case note(String)
  /// Something that people should know, whatever they asked for.
  case remark(String)
  /// Where the time of a run went.
  case timings(RunTimings)
  /// The run is over and nothing of the domain is left.
  case finished(RunResult)
  /// Answers ``Request/parse(_:file:)``.
  case description(DomainSpec)
  /// Answers ``Request/list``.
  case domains([DomainSummary])
  /// Answers ``Request/show(domain:)``.
  case details(DomainDetails)
  /// A domain was created, or something was done with it; says how its guest ended, if it did.
  case done(Outcome?)
  /// A request came to nothing, and nothing of it is left.
  case failed(Failure)
  /// Answers ``Request/execute(_:)``.
  case output(CommandOutput)
}

extension Event {
  /// Reads an event that arrived at the client.
  public init(_ message: Message) throws(ProtocolError) {
    let fields = try HeadFields(message)
    switch fields.type {
    case "ready": self = .ready(try AgentInformation(fields))
    case "created": self = .created(try CreatedDomain(fields))
    case "console": self = .console(message.body)
    case "inputAccepted": self = .inputAccepted(try fields.count("count"))
    case "note": self = .note(String(decoding: message.body, as: UTF8.self))
    case "remark": self = .remark(String(decoding: message.body, as: UTF8.self))
    case "timings": self = .timings(try RunTimings(fields))
    case "finished": self = .finished(try RunResult(fields))
    case "description": self = .description(try DomainSpec(fields))
    case "domains":
      self = .domains(try DomainSummary.all(message.body))
    case "details": self = .details(try DomainDetails(fields))
    case "done": self = .done(fields.head["outcome"] == nil ? nil : try Outcome(fields))
    case "failed": self = .failed(try Failure(fields))
    case "output": self = .output(try CommandOutput(fields, body: message.body))
    default: throw .unknownMessage(type: fields.type)
    }
  }

  /// The event as it goes over the wire.
  public var message: Message {
    switch self {
    case .ready(let information): information.wireMessage
    case .created(let domain): domain.wireMessage
    case .console(let bytes): Message(type: "console", body: bytes)
    case .inputAccepted(let count):
      Message(type: "inputAccepted", [JSONMember("count", .integer(count))])
    case .note(let text): Message(type: "note", body: Array(text.utf8))
    case .remark(let text): Message(type: "remark", body: Array(text.utf8))
    case .timings(let timings): timings.wireMessage
    case .finished(let result): result.wireMessage
    case .description(let description): description.wireMessage
    case .domains(let domains):
      Message(type: "domains", body: JSONValue.array(domains.map(\.json)).serialised())
    case .details(let details): Message(type: "details", details.members)
    case .done(let outcome): Message(type: "done", outcome?.members ?? [])
    case .failed(let failure): failure.wireMessage
    case .output(let output): output.wireMessage
    }
  }
}

/// A domain that has just been created, and is paused.
public struct CreatedDomain: Equatable, Sendable {
  /// The number that Xen gave it (C name: `domid_t`).
  public var domainID: Int
  /// Its name in `xl list`.
  public var name: String
  public var memoryKiB: Int

  public init(domainID: Int, name: String, memoryKiB: Int) {
    self.domainID = domainID
    self.name = name
    self.memoryKiB = memoryKiB
  }

  init(_ fields: HeadFields) throws(ProtocolError) {
    domainID = try fields.count("domainID")
    name = try fields.string("name")
    memoryKiB = try fields.count("memoryKiB")
  }

  var wireMessage: Message {
    Message(
      type: "created",
      [
        JSONMember("domainID", .integer(domainID)),
        JSONMember("name", .string(name)),
        JSONMember("memoryKiB", .integer(memoryKiB)),
      ])
  }
}

/// What an agent says of itself and of the Xen that it drives.
public struct AgentInformation: Equatable, Sendable {
  /// The protocol that the agent speaks.
  public var version: ProtocolVersion
  /// The version of the running Xen, such as "4.17.7".
  public var xenVersion: String
  /// Memory in KiB that Xen has left for new domains.
  public var freeMemoryKiB: Int

  public init(version: ProtocolVersion, xenVersion: String, freeMemoryKiB: Int) {
    self.version = version
    self.xenVersion = xenVersion
    self.freeMemoryKiB = freeMemoryKiB
  }

  init(_ fields: HeadFields) throws(ProtocolError) {
    version = ProtocolVersion(rawValue: try fields.integer("protocol"))
    xenVersion = try fields.string("xenVersion")
    freeMemoryKiB = try fields.count("freeMemoryKiB")
  }

  var wireMessage: Message {
    Message(
      type: "ready",
      [
        JSONMember("protocol", .integer(version.rawValue)),
        JSONMember("xenVersion", .string(xenVersion)),
        JSONMember("freeMemoryKiB", .integer(freeMemoryKiB)),
      ])
  }
}

/// What a program in the control domain wrote, and how it ended.
public struct CommandOutput: Equatable, Sendable {
  /// How the program ended.
  public enum Ending: Equatable, Sendable {
    /// It returned this status.
    case exited(Int)
    /// It died of this signal.
    case signalled(Int)
    /// It ran into its time limit and was killed.
    case timedOut
  }

  /// How the program ended.
  public var ending: Ending
  public var standardOutput: [UInt8]
  public var standardError: [UInt8]

  /// Puts together what came of a program.
  public init(ending: Ending, standardOutput: [UInt8], standardError: [UInt8]) {
    self.ending = ending
    self.standardOutput = standardOutput
    self.standardError = standardError
  }

  init(_ fields: HeadFields, body: [UInt8]) throws(ProtocolError) {
    switch try fields.string("ending") {
    case "exited": ending = .exited(try fields.count("value"))
    case "signalled": ending = .signalled(try fields.count("value"))
    case "timedOut": ending = .timedOut
    default: throw fields.wrong("ending", "\"exited\", \"signalled\" or \"timedOut\"")
    }
    let split = try fields.count("standardOutput")
    guard split <= body.count else {
      throw fields.wrong("standardOutput", "a count of bytes within the body")
    }
    standardOutput = Array(body[..<split])
    standardError = Array(body[split...])
  }

  var wireMessage: Message {
    let (word, value): (String, Int?) =
      switch ending {
      case .exited(let status): ("exited", status)
      case .signalled(let signal): ("signalled", signal)
      case .timedOut: ("timedOut", nil)
      }
    return Message(
      type: "output",
      [
        JSONMember("ending", .string(word)),
        JSONMember("standardOutput", .integer(standardOutput.count)),
      ] + JSONMember.optional("value", value),
      body: standardOutput + standardError)
  }
}
