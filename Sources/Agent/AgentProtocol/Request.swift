// SPDX-License-Identifier: Apache-2.0

public import DomainModel
import JSON

/// What pvh asks of the agent.
public enum Request: Equatable, Sendable {
  /// Opens the conversation; answered by ``Event/ready(_:)``.
  case hello(ProtocolVersion)
  /// Appends bytes to a file that the next run takes.
  case attach(AttachedFile, [UInt8])
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
  /// Attaches the console of a domain, by name or number: ``Event/console(_:)`` and input as in a
  /// run, and ``Event/done(_:)`` when its guest has ended, or after ``stop``.
  case console(domain: String)
  /// Bytes for the console of the running domain.
  case input([UInt8])
  /// Destroys the running domain; of another one, ends waiting for it or leaves its console.
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
  public init(_ message: Message) throws(ProtocolError) {
    let fields = try HeadFields(message)
    switch fields.type {
    case "hello":
      self = .hello(ProtocolVersion(rawValue: try fields.integer("protocol")))
    case "attach":
      guard let file = AttachedFile(rawValue: try fields.string("file")) else {
        throw fields.wrong("file", "\"kernel\" or \"module\"")
      }
      self = .attach(file, message.body)
    case "run": self = .run(try RunRequest(fields))
    case "create":
      self = .create(try RunRequest(fields), startsPaused: try fields.flag("startsPaused"))
    case "plan":
      self = .plan(try RunRequest(fields), startsPaused: try fields.flag("startsPaused"))
    case "supervise": self = .supervise(try RunRequest(fields), try RestartPolicy(fields))
    case "release": self = .release(domain: try fields.string("domain"))
    case "parse": self = .parse(message.body, file: try fields.string("file"))
    case "list": self = .list
    case "show": self = .show(domain: try fields.string("domain"))
    case "logs": self = .logs(try LogRequest(fields))
    case "act": self = .act(try DomainAction(fields))
    case "console": self = .console(domain: try fields.string("domain"))
    case "input": self = .input(message.body)
    case "stop": self = .stop
    case "execute": self = .execute(try ExecuteRequest(fields))
    default: throw .unknownMessage(type: fields.type)
    }
  }

  /// The request as it goes over the wire.
  public var message: Message {
    switch self {
    case .hello(let version):
      Message(type: "hello", [JSONMember("protocol", .integer(version.rawValue))])
    case .attach(let file, let bytes):
      Message(type: "attach", [JSONMember("file", .string(file.rawValue))], body: bytes)
    case .run(let run): run.wireMessage(type: "run")
    case .create(let run, let paused):
      run.wireMessage(type: "create", JSONMember("startsPaused", .boolean(paused)))
    case .plan(let run, let paused):
      run.wireMessage(type: "plan", JSONMember("startsPaused", .boolean(paused)))
    case .supervise(let run, let restart): run.wireMessage(type: "supervise", restart.member)
    case .release(let domain): Self.message("release", domain)
    case .parse(let bytes, let file):
      Message(type: "parse", [JSONMember("file", .string(file))], body: bytes)
    case .list: Message(type: "list")
    case .show(let domain): Self.message("show", domain)
    case .logs(let request): request.wireMessage
    case .act(let action): action.wireMessage
    case .console(let domain): Self.message("console", domain)
    case .input(let bytes): Message(type: "input", body: bytes)
    case .stop: Message(type: "stop")
    case .execute(let execute): execute.wireMessage
    }
  }

  private static func message(_ type: String, _ domain: String) -> Message {
    Message(type: type, [JSONMember("domain", .string(domain))])
  }
}

/// An action on an existing domain.
public struct DomainAction: Equatable, Sendable {
  /// What can be done.
  public enum Verb: String, Equatable, Sendable, CaseIterable {
    /// Stops its vCPUs where they are.
    case pause
    /// Lets them go on.
    case unpause
    /// Asks the guest to power off, waits until it has, and destroys the domain.
    case shutdown
    /// Asks the guest to reboot, and waits until the supervisor has started it again.
    case reboot
    /// Waits until the guest ends, for good if it is supervised, and leaves the domain as it is then.
    case wait
    /// Takes the domain away, whatever its guest is doing.
    case destroy
  }

  /// What to do.
  public var verb: Verb
  /// The domain's name, or its number.
  public var domain: String
  /// Milliseconds to wait for the guest; nil means as long as it takes.
  public var timeLimitMilliseconds: Int?

  public init(_ verb: Verb, on domain: String, timeLimitMilliseconds: Int? = nil) {
    self.verb = verb
    self.domain = domain
    self.timeLimitMilliseconds = timeLimitMilliseconds
  }

  init(_ fields: HeadFields) throws(ProtocolError) {
    guard let verb = Verb(rawValue: try fields.string("verb")) else {
      throw fields.wrong("verb", "one of the verbs of this protocol version")
    }
    self.init(
      verb, on: try fields.string("domain"),
      timeLimitMilliseconds: try fields.optionalCount("timeLimitMilliseconds"))
  }

  var wireMessage: Message {
    Message(
      type: "act",
      [
        JSONMember("verb", .string(verb.rawValue)), JSONMember("domain", .string(domain)),
      ] + JSONMember.optional("timeLimitMilliseconds", timeLimitMilliseconds))
  }
}

/// What is wanted of a supervised domain's console log.
public struct LogRequest: Equatable, Sendable {
  /// The domain's name.
  public var domain: String
  /// Lines from the end; nil means all that is kept.
  public var lineCount: Int?
  /// Whether to go on with what the guest prints from now on, until it has ended.
  public var follows: Bool

  /// Asks for a log.
  public init(domain: String, lineCount: Int? = nil, follows: Bool = false) {
    self.domain = domain
    self.lineCount = lineCount
    self.follows = follows
  }

  init(_ fields: HeadFields) throws(ProtocolError) {
    self.init(
      domain: try fields.string("domain"), lineCount: try fields.optionalCount("lineCount"),
      follows: try fields.flag("follows"))
  }

  var wireMessage: Message {
    Message(
      type: "logs",
      [JSONMember("domain", .string(domain)), JSONMember("follows", .boolean(follows))]
        + JSONMember.optional("lineCount", lineCount))
  }
}

/// A program to run in the control domain, with nothing on its standard input.
public struct ExecuteRequest: Equatable, Sendable {
  /// The program, found along PATH, and its arguments.
  public var arguments: [String]
  /// Milliseconds after which it is killed.
  public var timeLimitMilliseconds: Int

  public init(arguments: [String], timeLimitMilliseconds: Int = 60_000) {
    self.arguments = arguments
    self.timeLimitMilliseconds = timeLimitMilliseconds
  }
}

extension ExecuteRequest {
  init(_ fields: HeadFields) throws(ProtocolError) {
    self.init(
      arguments: try fields.strings("arguments"),
      timeLimitMilliseconds: try fields.count("timeLimitMilliseconds"))
    guard !arguments.isEmpty else { throw fields.wrong("arguments", "at least a program's name") }
  }

  var wireMessage: Message {
    Message(
      type: "execute",
      [
        JSONMember("arguments", .array(arguments.map { .string($0) })),
        JSONMember("timeLimitMilliseconds", .integer(timeLimitMilliseconds)),
      ])
  }
}
