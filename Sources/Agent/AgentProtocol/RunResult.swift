// SPDX-License-Identifier: Apache-2.0

public import XenDomainModel

/// How a run ended, and whether its console output is complete.
public struct RunResult: Equatable, Sendable {
  public var outcome: Outcome
  /// Bytes that the guest put into its console ring; nil if it left the ring in a state in which
  /// they cannot be counted.
  public var producedByteCount: Int?
  /// Bytes that were handed to the client.
  public var deliveredByteCount: Int

  public init(outcome: Outcome, producedByteCount: Int?, deliveredByteCount: Int) {
    self.outcome = outcome
    self.producedByteCount = producedByteCount
    self.deliveredByteCount = deliveredByteCount
  }

  /// Whether each byte that the guest produced was delivered.
  public var isConsoleComplete: Bool { producedByteCount == deliveredByteCount }
}

extension RunResult: WireValue {
  static var blank: RunResult {
    RunResult(outcome: .crashed, producedByteCount: nil, deliveredByteCount: 0)
  }

  mutating func pass(_ fields: inout WireFields) throws(ProtocolError) {
    try fields.pass(word: "outcome", &outcome)
    try outcome.pass(&fields)
    try fields.pass("producedByteCount", &producedByteCount, .count)
    try fields.pass("deliveredByteCount", &deliveredByteCount, .count)
  }
}

/// Where the time of a run went, in microseconds of the control domain's monotonic clock.
public struct RunTimings: Equatable, Sendable {
  /// From the start of the builder to a paused domain.
  public var create: Int
  /// From there to the moment of unpausing: the console is attached meanwhile.
  public var attach: Int
  /// From unpausing to the first byte on the console; nil if the guest wrote none.
  public var unpauseToFirstByte: Int?
  /// From unpausing to the first byte in the console page, which is before xenconsoled has passed
  /// it on; nil unless the agent looked there.
  public var unpauseToFirstOutput: Int?
  /// From unpausing until Xen said that the guest had shut down; nil if it did not.
  public var unpauseToShutdown: Int?
  /// From there until the last console byte was here.
  public var drain: Int
  /// From there until nothing of the domain was left.
  public var destroy: Int
  /// What the guest has noted itself; nil if it was not asked for, or there is nothing.
  public var marks: GuestMarks?

  public init(
    create: Int = 0, attach: Int = 0, unpauseToFirstByte: Int? = nil,
    unpauseToFirstOutput: Int? = nil, unpauseToShutdown: Int? = nil, drain: Int = 0,
    destroy: Int = 0, marks: GuestMarks? = nil
  ) {
    self.create = create
    self.attach = attach
    self.unpauseToFirstByte = unpauseToFirstByte
    self.unpauseToFirstOutput = unpauseToFirstOutput
    self.unpauseToShutdown = unpauseToShutdown
    self.drain = drain
    self.destroy = destroy
    self.marks = marks
  }
}

extension RunTimings: WireValue {
  static var blank: RunTimings { RunTimings() }

  mutating func pass(_ fields: inout WireFields) throws(ProtocolError) {
    try fields.pass("create", &create, .count)
    try fields.pass("attach", &attach, .count)
    try fields.pass("drain", &drain, .count)
    try fields.pass("destroy", &destroy, .count)
    try fields.pass("unpauseToFirstByte", &unpauseToFirstByte, .count)
    try fields.pass("unpauseToFirstOutput", &unpauseToFirstOutput, .count)
    try fields.pass("unpauseToShutdown", &unpauseToShutdown, .count)
    try fields.pass("guest", &marks)
  }
}

extension GuestMarks: WireValue {
  static var blank: GuestMarks { GuestMarks([]) }

  mutating func pass(_ fields: inout WireFields) throws(ProtocolError) {
    try fields.pass("marks", &marks)
    try fields.pass("lost", &lostCount, .count)
  }
}

extension GuestMarks.Mark: WireValue {
  static var blank: GuestMarks.Mark { GuestMarks.Mark(name: "", microseconds: 0) }

  mutating func pass(_ fields: inout WireFields) throws(ProtocolError) {
    try fields.pass("name", &name, .text)
    try fields.pass("microseconds", &microseconds, .count)
  }
}
