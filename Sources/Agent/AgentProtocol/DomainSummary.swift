// SPDX-License-Identifier: Apache-2.0

public import HostJSON
public import XenDomainModel

/// One domain of the Xen that the agent drives.
public struct DomainSummary: Equatable, Sendable {
  /// The number that Xen gave it (C name: `domid_t`); nil if there is no domain at the moment.
  public var domainID: Int?
  /// Its name in xenstore; empty if it has none.
  public var name: String
  /// Its identity, 32 hexadecimal digits.
  public var uuid: String
  public var state: DomainState
  /// Its memory in KiB as Xen counts it, the few pages for console and xenstore included.
  public var memoryKiB: Int
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

  /// The domain as `pvh list --json` prints it, which is how it travels.
  public var json: JSONValue { object }
}

extension DomainSummary: WireValue {
  static var blank: DomainSummary {
    DomainSummary(
      domainID: nil, name: "", uuid: "", state: .gone, memoryKiB: 0, vcpuCount: 0,
      cpuNanoseconds: nil)
  }

  mutating func pass(_ fields: inout WireFields) throws(ProtocolError) {
    try fields.pass(nullable: "domainID", &domainID)
    try fields.pass("name", &name, .text)
    try fields.pass("uuid", &uuid, .text)
    try fields.pass("state", &state, .choice)
    try fields.pass("memoryKiB", &memoryKiB, .count)
    try fields.pass("vcpuCount", &vcpuCount, .count)
    try fields.pass("cpuNanoseconds", &cpuNanoseconds, .count)
    try fields.pass("supervision", &supervision)
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

extension Supervision: WireValue {
  static var blank: Supervision { Supervision(restart: .never, startedAt: 0) }

  mutating func pass(_ fields: inout WireFields) throws(ProtocolError) {
    try fields.pass("restart", &restart, .choice)
    try fields.pass("restartCount", &restartCount, .count)
    try fields.pass("startedAt", &startedAt, .count)
    try fields.pass(word: "outcome", &outcome, blank: .crashed)
    try fields.pass("problem", &problem, .text)
  }
}

/// Everything about one domain.
public struct DomainDetails: Equatable, Sendable {
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

  /// The domain as `pvh show --json` prints it, which is how it travels.
  public var json: JSONValue { object }
}

extension DomainDetails: WireValue {
  static var blank: DomainDetails { DomainDetails(summary: .blank) }

  mutating func pass(_ fields: inout WireFields) throws(ProtocolError) {
    try fields.pass("domain", &summary)
    try fields.pass("memoryLimitKiB", &memoryLimitKiB, .count)
    try fields.pass("pagingPoolKiB", &pagingPoolKiB, .count)
    try fields.pass("terminal", &terminal, .text)
    try fields.pass("request", &request)
    try fields.pass("logByteCount", &logByteCount, .count)
  }
}
