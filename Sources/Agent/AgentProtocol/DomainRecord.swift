// SPDX-License-Identifier: Apache-2.0

import HostJSON
public import XenDomainModel

/// The state of one domain as the supervisor of a control domain writes it down, before each thing that it does.
///
/// The next supervisor goes on from it. Agents read it; only the supervisor writes.
public struct DomainRecord: Equatable, Sendable {
  /// Where the guest is between its start and its end.
  public enum Phase: String, Equatable, Sendable, CaseIterable {
    /// The identity is chosen; a part of the domain may exist.
    case creating
    /// The domain is complete, and is unpaused now.
    case running
    /// The guest has ended as the record says; something of its domain may be left.
    case ending
    /// The guest has ended, and is started again later.
    case waiting
    /// The guest has ended for good, and its domain is gone.
    case ended
  }

  /// What the domain is made from.
  public var request: RunRequest
  public var phase: Phase
  /// The identity of its last domain, 32 hexadecimal digits.
  public var uuid: String
  /// The number of its last domain, once it has one.
  public var domainID: Int?
  /// What lists show of it.
  public var supervision: Supervision
  /// When the last domain was unpaused, in nanoseconds of the control domain's monotonic clock.
  public var startNanoseconds: Int
  /// Milliseconds that the next restart waits at least.
  public var delayMilliseconds: Int
  /// Where in the console log the last domain's output begins.
  public var logStart: Int

  /// The record of a guest that has not been started.
  public init(request: RunRequest, restart: RestartPolicy, startedAt: Int) {
    self.request = request
    phase = .creating
    uuid = ""
    supervision = Supervision(restart: restart, startedAt: startedAt)
    startNanoseconds = 0
    delayMilliseconds = 0
    logStart = 0
  }

  /// What a list shows while Xen has no such domain.
  public var summary: DomainSummary {
    DomainSummary(
      domainID: nil, name: request.name, uuid: uuid, state: phase == .ended ? .ended : .waiting,
      memoryKiB: request.domain.memoryKiB, vcpuCount: request.domain.vcpuCount, cpuNanoseconds: nil,
      supervision: supervision)
  }
}

extension DomainRecord {
  /// Reads a record from its file.
  public init(parsing text: [UInt8]) throws(ProtocolError) {
    let value: JSONValue
    do {
      value = try JSONValue(parsing: text)
    } catch {
      throw .malformedHead(error, start: Array(text.prefix(ProtocolError.shownBytes)))
    }
    let type = try Message(head: value).type
    self = .blank
    var fields = WireFields(reading: value, of: type)
    try pass(&fields)
  }

  /// The text of its file.
  public func serialised() -> [UInt8] {
    var record = self
    return WireFields { fields throws(ProtocolError) in try record.pass(&fields) }
      .message(type: "record").encoded()
  }
}

extension DomainRecord: WireValue {
  static var blank: DomainRecord {
    DomainRecord(request: .blank, restart: .never, startedAt: 0)
  }

  mutating func pass(_ fields: inout WireFields) throws(ProtocolError) {
    try fields.pass("phase", &phase, .choice)
    try fields.pass("uuid", &uuid, .text)
    try fields.pass("request", &request)
    try fields.pass("supervision", &supervision)
    try fields.pass("startNanoseconds", &startNanoseconds, .count)
    try fields.pass("delayMilliseconds", &delayMilliseconds, .count)
    try fields.pass("logStart", &logStart, .count)
    try fields.pass("domainID", &domainID, .count)
  }
}
