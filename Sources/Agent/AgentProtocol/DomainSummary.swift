// SPDX-License-Identifier: Apache-2.0

public import DomainModel
public import JSON

/// One domain of the Xen that the agent drives.
public struct DomainSummary: Equatable, Sendable {
  /// The number that Xen gave it (C name: `domid_t`); nil if there is no domain at the moment.
  public var domainID: Int?
  /// Its name in xenstore; empty if it has none.
  public var name: String
  /// Its identity, 32 hexadecimal digits.
  public var uuid: String
  /// What it is doing.
  public var state: DomainState
  /// Its memory in KiB as Xen counts it, the few pages for console and xenstore included.
  public var memoryKiB: Int
  /// Its virtual processors.
  public var vcpuCount: Int
  /// Processor time that it has had; nil if there is no domain at the moment.
  public var cpuNanoseconds: Int?
  /// What its supervisor says of it, if it has one.
  public var supervision: Supervision?

  public init(
    domainID: Int?, name: String, uuid: String, state: DomainState, memoryKiB: Int, vcpuCount: Int,
    cpuNanoseconds: Int?, supervision: Supervision? = nil
  ) {
    self.domainID = domainID
    self.name = name
    self.uuid = uuid
    self.state = state
    self.memoryKiB = memoryKiB
    self.vcpuCount = vcpuCount
    self.cpuNanoseconds = cpuNanoseconds
    self.supervision = supervision
  }

  static func all(_ body: [UInt8]) throws(ProtocolError) -> [DomainSummary] {
    var domains: [DomainSummary] = []
    for object in try HeadFields.objects(body, type: "domains") {
      domains.append(try DomainSummary(object))
    }
    return domains
  }

  init(_ fields: HeadFields) throws(ProtocolError) {
    guard let state = DomainState(rawValue: try fields.string("state")) else {
      throw fields.wrong("state", "one of the states of this protocol version")
    }
    self.init(
      domainID: try fields.optionalCount("domainID"), name: try fields.string("name"),
      uuid: try fields.string("uuid"), state: state, memoryKiB: try fields.count("memoryKiB"),
      vcpuCount: try fields.count("vcpuCount"),
      cpuNanoseconds: try fields.optionalCount("cpuNanoseconds"))
    if let supervision = try fields.object("supervision") {
      self.supervision = try Supervision(supervision)
    }
  }

  /// The domain as it goes over the wire, and as `pvh list --json` prints it.
  public var json: JSONValue {
    .object(
      [
        JSONMember("domainID", domainID.map { .integer($0) } ?? .null),
        JSONMember("name", .string(name)), JSONMember("uuid", .string(uuid)),
        JSONMember("state", .string(state.rawValue)), JSONMember("memoryKiB", .integer(memoryKiB)),
        JSONMember("vcpuCount", .integer(vcpuCount)),
      ] + JSONMember.optional("cpuNanoseconds", cpuNanoseconds)
        + (supervision.map { [JSONMember("supervision", $0.json)] } ?? []))
  }
}

/// What the supervisor of a control domain knows of one of its domains.
public struct Supervision: Equatable, Sendable {
  /// When the guest is started again.
  public var restart: RestartPolicy
  /// How often it was started again.
  public var restartCount: Int
  /// When it was started last, in seconds since 1970 of the control domain's clock.
  public var startedAt: Int
  /// How it ended last; nil if it never has.
  public var outcome: Outcome?
  /// Why it could not be started again, if that was tried last.
  public var problem: String?

  public init(
    restart: RestartPolicy, restartCount: Int = 0, startedAt: Int, outcome: Outcome? = nil,
    problem: String? = nil
  ) {
    self.restart = restart
    self.restartCount = restartCount
    self.startedAt = startedAt
    self.outcome = outcome
    self.problem = problem
  }
}

extension Supervision {
  init(_ fields: HeadFields) throws(ProtocolError) {
    self.init(
      restart: try RestartPolicy(fields), restartCount: try fields.count("restartCount"),
      startedAt: try fields.count("startedAt"),
      outcome: fields.head["outcome"] == nil ? nil : try Outcome(fields),
      problem: fields.head["problem"] == nil ? nil : try fields.string("problem"))
  }

  var json: JSONValue {
    .object(
      [
        restart.member, JSONMember("restartCount", .integer(restartCount)),
        JSONMember("startedAt", .integer(startedAt)),
      ] + (outcome?.members ?? []) + (problem.map { [JSONMember("problem", .string($0))] } ?? []))
  }
}

extension RestartPolicy {
  init(_ fields: HeadFields) throws(ProtocolError) {
    guard let policy = RestartPolicy(rawValue: try fields.string("restart")) else {
      throw fields.wrong("restart", "\"no\", \"on-crash\" or \"always\"")
    }
    self = policy
  }

  var member: JSONMember { JSONMember("restart", .string(rawValue)) }
}

/// One domain, looked at closely.
public struct DomainDetails: Equatable, Sendable {
  /// What a list says of it.
  public var summary: DomainSummary
  /// Memory in KiB that Xen lets it have; nil if there is no domain at the moment.
  public var memoryLimitKiB: Int?
  /// Memory in KiB that Xen keeps for its page tables; nil if there is no domain at the moment.
  public var pagingPoolKiB: Int?
  /// The terminal of its console in the control domain, if xenconsoled has opened one.
  public var terminal: String?
  /// What a supervised domain is made from; nil of any other.
  public var request: RunRequest?
  /// Bytes in the console log of a supervised domain, those that have gone again included.
  public var logByteCount: Int?

  public init(
    summary: DomainSummary, memoryLimitKiB: Int? = nil, pagingPoolKiB: Int? = nil,
    terminal: String? = nil, request: RunRequest? = nil, logByteCount: Int? = nil
  ) {
    self.summary = summary
    self.memoryLimitKiB = memoryLimitKiB
    self.pagingPoolKiB = pagingPoolKiB
    self.terminal = terminal
    self.request = request
    self.logByteCount = logByteCount
  }

  init(_ fields: HeadFields) throws(ProtocolError) {
    guard let summary = try fields.object("domain") else {
      throw .missingField("domain", message: fields.type)
    }
    self.init(
      summary: try DomainSummary(summary),
      memoryLimitKiB: try fields.optionalCount("memoryLimitKiB"),
      pagingPoolKiB: try fields.optionalCount("pagingPoolKiB"),
      terminal: fields.head["terminal"] == nil ? nil : try fields.string("terminal"),
      logByteCount: try fields.optionalCount("logByteCount"))
    if let request = try fields.object("request") { self.request = try RunRequest(request) }
  }

  /// The members of the wire's message, and of what `pvh show --json` prints.
  public var members: [JSONMember] {
    [JSONMember("domain", summary.json)]
      + JSONMember.optional("memoryLimitKiB", memoryLimitKiB)
      + JSONMember.optional("pagingPoolKiB", pagingPoolKiB)
      + (terminal.map { [JSONMember("terminal", .string($0))] } ?? [])
      + (request.map { [JSONMember("request", .object($0.members))] } ?? [])
      + JSONMember.optional("logByteCount", logByteCount)
  }
}
