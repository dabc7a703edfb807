// SPDX-License-Identifier: Apache-2.0

public import DomainModel
public import JSON

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
