// SPDX-License-Identifier: Apache-2.0

public import JSON

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

  /// Describes a domain.
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
