// SPDX-License-Identifier: Apache-2.0

public import XenDomainModel

/// What pvh asks of the agent.
public enum Request: Equatable, Sendable {
  /// Opens the conversation; answered by ``Event/ready(_:)``.
  case hello(ProtocolVersion)
  /// Appends bytes to a file that the next run takes.
  case attach(AttachedFile, [UInt8])
  /// Gives the next run bytes of a disk.
  case disk(DiskPart)
  /// Creates a domain from the attached files and runs it until it ends.
  case run(RunRequest)
  /// Creates a domain that outlives the conversation; answered by ``Event/created(_:)`` and then
  /// ``Event/done(_:)``.
  case create(RunRequest, startsPaused: Bool)
  /// Asks what creating a domain would do, which is not done; answered by ``Event/note(_:)`` with a
  /// line for each call, and then ``Event/done(_:)``.
  case plan(RunRequest, startsPaused: Bool)
  /// Creates a domain that the control domain's supervisor looks after; answered like ``create``.
  case supervise(RunRequest, RestartPolicy)
  /// Tells the supervisor not to start this guest again; answered by ``Event/done(_:)``.
  case release(domain: String)
  /// Asks what an xl.cfg file says, whose name is for messages; answered by
  /// ``Event/description(_:)``. It needs no Xen.
  case parse([UInt8], file: String)
  /// Asks for all domains, those of which only the supervisor knows included; answered by
  /// ``Event/domains(_:)``.
  case list
  /// Asks for all about one domain; answered by ``Event/details(_:)``.
  case show(domain: String)
  /// Asks for a console log: ``Event/console(_:)``, and ``Event/done(_:)`` at its end.
  case logs(LogRequest)
  /// Does something with a domain; answered by ``Event/done(_:)``.
  case act(DomainAction)
  /// Gives a domain another disk; answered by ``Event/done(_:)``.
  case attachDisk(DiskAttachment)
  /// Takes a disk away from a domain; answered by ``Event/done(_:)``.
  case detachDisk(DiskDetachment)
  /// Asks for the disks of a domain; answered by ``Event/disks(_:)``.
  case disks(domain: String)
  /// Asks for the network interfaces of a domain, or of all; answered by ``Event/interfaces(_:)``.
  case interfaces(domain: String?)
  /// Asks for connections to ports of a domain, by name or number, and to what the supervisor starts in its place:
  /// ``forward(_:)`` may be sent then. ``Event/done(_:)`` comes when its guest has ended for good, or after ``stop``.
  case publish(domain: String)
  /// Says something of a connection to the guest that runs; ``Event/forward(_:)`` comes back.
  case forward(ForwardedPart)
  /// Attaches the console of a domain, by name or number: ``Event/console(_:)`` and input as in a
  /// run, and ``Event/done(_:)`` when its guest has ended, or after ``stop``.
  case console(domain: String)
  /// Connects to the vchan that a domain, by name or number, serves at a path of xenstore, which is relative
  /// to the domain's directory unless it begins with "/": ``Event/vchan(_:)`` and input, of which
  /// ``Event/inputAccepted(_:)`` counts what the guest has taken; ``Event/done(_:)`` when the guest has closed
  /// it, or after ``stop``.
  case vchan(domain: String, path: String)
  /// Bytes for the console of the running domain, or for the vchan.
  case input([UInt8])
  /// Bytes of a debugger for the running domain, if it is debugged; none mean that the debugger is gone.
  case debug([UInt8])
  /// Destroys the running domain; of another one, ends waiting for it or leaves its console or vchan.
  case stop
  /// Runs a program in the control domain; answered by ``Event/output(_:)``.
  case execute(ExecuteRequest)
}

/// The files that a run can take.
public enum AttachedFile: String, Equatable, Sendable, CaseIterable {
  case kernel
  case module
}

extension Request {
  /// Reads a request that arrived at the agent.
  public init(_ message: Message) throws(ProtocolError) { self = try .read(message) }

  /// The request as it goes over the wire.
  public var message: Message { written }
}

extension Request: WireChoice {
  static let blanks: [Request] = [
    .hello(ProtocolVersion(rawValue: 0)), .attach(.kernel, []), .disk(.blank), .run(.blank),
    .create(.blank, startsPaused: false), .plan(.blank, startsPaused: false),
    .supervise(.blank, .never), .release(domain: ""), .parse([], file: ""), .list,
    .show(domain: ""), .logs(.blank), .act(.blank), .attachDisk(.blank),
    .detachDisk(.blank), .disks(domain: ""), .interfaces(domain: nil), .publish(domain: ""),
    .forward(.blank),
    .console(domain: ""), .vchan(domain: "", path: ""),
    .input([]),
    .debug([]), .stop,
    .execute(.blank),
  ]

  var word: String {
    switch self {
    case .hello: "hello"
    case .attach: "attach"
    case .disk: "disk"
    case .run: "run"
    case .create: "create"
    case .plan: "plan"
    case .supervise: "supervise"
    case .release: "release"
    case .parse: "parse"
    case .list: "list"
    case .show: "show"
    case .logs: "logs"
    case .act: "act"
    case .attachDisk: "attachDisk"
    case .detachDisk: "detachDisk"
    case .disks: "disks"
    case .interfaces: "interfaces"
    case .publish: "publish"
    case .forward: "forward"
    case .console: "console"
    case .vchan: "vchan"
    case .input: "input"
    case .debug: "debug"
    case .stop: "stop"
    case .execute: "execute"
    }
  }

  mutating func pass(_ fields: inout WireFields) throws(ProtocolError) {
    switch self {
    case .hello(var version):
      try fields.pass("protocol", &version.rawValue, .integer)
      self = .hello(version)
    case .attach(let file, let bytes):
      self = .attach(try fields.passed("file", file, .choice), fields.passed(body: bytes))
    case .disk(let part): self = .disk(try fields.passed(part))
    case .run(let run): self = .run(try fields.passed(run))
    case .create(let run, let isPaused):
      self = .create(
        try fields.passed(run), startsPaused: try fields.passed("startsPaused", isPaused, .flag))
    case .plan(let run, let isPaused):
      self = .plan(
        try fields.passed(run), startsPaused: try fields.passed("startsPaused", isPaused, .flag))
    case .supervise(let run, let restart):
      self = .supervise(
        try fields.passed(run), try fields.passed("restart", restart, .choice))
    case .release(let domain): self = .release(domain: try fields.passed("domain", domain, .text))
    case .parse(let bytes, let file):
      self = .parse(fields.passed(body: bytes), file: try fields.passed("file", file, .text))
    case .publish(let domain): self = .publish(domain: try fields.passed("domain", domain, .text))
    case .show(let domain): self = .show(domain: try fields.passed("domain", domain, .text))
    case .logs(let request): self = .logs(try fields.passed(request))
    case .act(let action): self = .act(try fields.passed(action))
    case .attachDisk(let attachment): self = .attachDisk(try fields.passed(attachment))
    case .detachDisk(let detachment): self = .detachDisk(try fields.passed(detachment))
    case .disks(let domain): self = .disks(domain: try fields.passed("domain", domain, .text))
    case .interfaces(var domain):
      try fields.pass("domain", &domain, .text)
      self = .interfaces(domain: domain)
    case .forward(let part): self = .forward(try fields.passed(part))
    case .console(let domain): self = .console(domain: try fields.passed("domain", domain, .text))
    case .vchan(let domain, let path):
      self = .vchan(
        domain: try fields.passed("domain", domain, .text),
        path: try fields.passed("path", path, .text))
    case .input(let bytes): self = .input(fields.passed(body: bytes))
    case .debug(let bytes): self = .debug(fields.passed(body: bytes))
    case .execute(let request): self = .execute(try fields.passed(request))
    case .list, .stop: break
    }
  }
}

/// A program to run in the control domain.
public struct ExecuteRequest: Equatable, Sendable {
  /// The program, found along PATH, and its arguments.
  public var arguments: [String]
  /// Milliseconds after which it is killed.
  public var timeLimitMilliseconds: Int
  /// What it finds on its standard input.
  public var input: [UInt8]

  public init(
    arguments: [String], timeLimitMilliseconds: Int = 60_000, input: [UInt8] = []
  ) {
    self.arguments = arguments
    self.timeLimitMilliseconds = timeLimitMilliseconds
    self.input = input
  }
}

extension ExecuteRequest: WireValue {
  static var blank: ExecuteRequest { ExecuteRequest(arguments: [], timeLimitMilliseconds: 0) }

  mutating func pass(_ fields: inout WireFields) throws(ProtocolError) {
    try fields.pass("arguments", &arguments, .texts)
    try fields.pass("timeLimitMilliseconds", &timeLimitMilliseconds, .count)
    input = fields.passed(body: input)
    try fields.require(!arguments.isEmpty, "arguments", "at least a program's name")
  }
}
