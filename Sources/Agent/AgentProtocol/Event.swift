// SPDX-License-Identifier: Apache-2.0

public import XenDomainModel

/// What the agent tells pvh.
public enum Event: Equatable, Sendable {
  /// Answers ``Request/hello(_:)``.
  case ready(AgentInformation)
  /// The domain exists and is paused.
  case created(CreatedDomain)
  /// Bytes of the domain's console, exactly as the guest wrote them.
  case console([UInt8])
  /// Bytes of the vchan, exactly as the guest wrote them.
  case vchan([UInt8])
  /// So many bytes of input reached the guest's terminal, or the guest took them from its vchan; the client
  /// may send as many again.
  case inputAccepted(Int)
  /// Bytes of a disk of a run that is over, before ``finished(_:)``.
  case disk(DiskPart)
  /// The guest of ``Request/publish(domain:)`` was found: connections to it may be opened from now on.
  case publishing
  /// What there is to say of a connection to a guest whose ports are published.
  case forward(ForwardedPart)
  /// Bytes for the debugger of the running domain.
  case debug([UInt8])
  /// A text for people who asked for details.
  case note(String)
  /// A text for everybody, whatever was asked.
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
  /// Answers ``Request/disks(domain:)``.
  case disks([DiskSummary])
  /// Answers ``Request/interfaces(domain:)``.
  case interfaces([InterfaceSummary])
  /// A domain was created, or something was done with it; says how its guest ended, if it did.
  case done(Outcome?)
  /// A request failed, and nothing of it is left.
  case failed(Failure)
  /// Answers ``Request/execute(_:)``.
  case output(CommandOutput)
}

extension Event {
  /// Reads an event that arrived at the client.
  public init(_ message: Message) throws(ProtocolError) { self = try .read(message) }

  /// The event as it goes over the wire.
  public var message: Message { written }
}

extension Event: WireChoice {
  static let blanks: [Event] = [
    .ready(.blank), .created(.blank), .console([]), .vchan([]), .inputAccepted(0), .disk(.blank),
    .publishing, .forward(.blank), .debug([]), .note(""), .remark(""), .timings(.blank),
    .finished(.blank), .description(.blank), .domains([]), .details(.blank), .disks([]),
    .interfaces([]), .done(nil), .failed(.blank), .output(.blank),
  ]

  var word: String {
    switch self {
    case .ready: "ready"
    case .created: "created"
    case .console: "console"
    case .vchan: "vchan"
    case .inputAccepted: "inputAccepted"
    case .disk: "disk"
    case .publishing: "publishing"
    case .forward: "forward"
    case .debug: "debug"
    case .note: "note"
    case .remark: "remark"
    case .timings: "timings"
    case .finished: "finished"
    case .description: "description"
    case .domains: "domains"
    case .details: "details"
    case .disks: "disks"
    case .interfaces: "interfaces"
    case .done: "done"
    case .failed: "failed"
    case .output: "output"
    }
  }

  mutating func pass(_ fields: inout WireFields) throws(ProtocolError) {
    switch self {
    case .ready(let information): self = .ready(try fields.passed(information))
    case .created(let domain): self = .created(try fields.passed(domain))
    case .console(let bytes): self = .console(fields.passed(body: bytes))
    case .vchan(let bytes): self = .vchan(fields.passed(body: bytes))
    case .inputAccepted(let count): self = .inputAccepted(try fields.passed("count", count, .count))
    case .disk(let part): self = .disk(try fields.passed(part))
    case .publishing: break
    case .forward(let part): self = .forward(try fields.passed(part))
    case .debug(let bytes): self = .debug(fields.passed(body: bytes))
    case .note(let text): self = .note(fields.passed(body: text))
    case .remark(let text): self = .remark(fields.passed(body: text))
    case .timings(let timings): self = .timings(try fields.passed(timings))
    case .finished(let result): self = .finished(try fields.passed(result))
    case .description(let spec): self = .description(try fields.passed(spec))
    case .domains(let domains): self = .domains(try fields.passed(body: domains))
    case .details(let details): self = .details(try fields.passed(details))
    case .disks(let disks): self = .disks(try fields.passed(body: disks))
    case .interfaces(let interfaces):
      self = .interfaces(try fields.passed(body: interfaces))
    case .done(var outcome):
      try fields.pass(word: "outcome", &outcome, blank: .crashed)
      self = .done(outcome)
    case .failed(let failure): self = .failed(try fields.passed(failure))
    case .output(let output): self = .output(try fields.passed(output))
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
}

extension CreatedDomain: WireValue {
  static var blank: CreatedDomain { CreatedDomain(domainID: 0, name: "", memoryKiB: 0) }

  mutating func pass(_ fields: inout WireFields) throws(ProtocolError) {
    try fields.pass("domainID", &domainID, .count)
    try fields.pass("name", &name, .text)
    try fields.pass("memoryKiB", &memoryKiB, .count)
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
}

extension AgentInformation: WireValue {
  static var blank: AgentInformation {
    AgentInformation(version: ProtocolVersion(rawValue: 0), xenVersion: "", freeMemoryKiB: 0)
  }

  mutating func pass(_ fields: inout WireFields) throws(ProtocolError) {
    try fields.pass("protocol", &version.rawValue, .integer)
    try fields.pass("xenVersion", &xenVersion, .text)
    try fields.pass("freeMemoryKiB", &freeMemoryKiB, .count)
  }
}

/// What a program in the control domain wrote, and how it ended.
public struct CommandOutput: Equatable, Sendable {
  public enum Ending: Equatable, Sendable {
    /// It returned this status.
    case exited(Int)
    /// This signal ended it.
    case signalled(Int)
    /// It ran into its time limit and was killed.
    case timedOut
  }

  public var ending: Ending
  public var standardOutput: [UInt8]
  public var standardError: [UInt8]

  public init(ending: Ending, standardOutput: [UInt8], standardError: [UInt8]) {
    self.ending = ending
    self.standardOutput = standardOutput
    self.standardError = standardError
  }
}

extension CommandOutput: WireValue {
  static var blank: CommandOutput {
    CommandOutput(ending: .timedOut, standardOutput: [], standardError: [])
  }

  mutating func pass(_ fields: inout WireFields) throws(ProtocolError) {
    var split = standardOutput.count
    try fields.pass(word: "ending", &ending)
    try fields.pass("standardOutput", &split, .count)
    try ending.pass(&fields)
    let body = fields.passed(body: standardOutput + standardError)
    try fields.require(split <= body.count, "standardOutput", "a count of bytes within the body")
    standardOutput = Array(body[..<split])
    standardError = Array(body[split...])
  }
}

extension CommandOutput.Ending: WireChoice {
  static let blanks: [Self] = [.exited(0), .signalled(0), .timedOut]

  var word: String {
    switch self {
    case .exited: "exited"
    case .signalled: "signalled"
    case .timedOut: "timedOut"
    }
  }

  mutating func pass(_ fields: inout WireFields) throws(ProtocolError) {
    switch self {
    case .exited(let status): self = .exited(try fields.passed("value", status, .count))
    case .signalled(let signal): self = .signalled(try fields.passed("value", signal, .count))
    case .timedOut: break
    }
  }
}
