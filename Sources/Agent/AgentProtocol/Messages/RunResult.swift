// SPDX-License-Identifier: Apache-2.0

public import DomainModel
public import JSON

/// How a run ended, and whether its console output is complete.
public struct RunResult: Equatable, Sendable {
  /// How the run ended.
  public var outcome: Outcome
  /// Bytes that the guest put into its console ring; nil if it left the ring in a state in which
  /// they cannot be counted.
  public var producedByteCount: Int?
  /// Bytes that were handed to the client.
  public var deliveredByteCount: Int

  /// Puts together the end of a run.
  public init(outcome: Outcome, producedByteCount: Int?, deliveredByteCount: Int) {
    self.outcome = outcome
    self.producedByteCount = producedByteCount
    self.deliveredByteCount = deliveredByteCount
  }

  /// Whether each byte that the guest produced was delivered.
  public var isConsoleComplete: Bool { producedByteCount == deliveredByteCount }

  init(_ fields: HeadFields) throws(ProtocolError) {
    outcome = try Outcome(fields)
    producedByteCount = try fields.optionalCount("producedByteCount")
    deliveredByteCount = try fields.count("deliveredByteCount")
  }

  var wireMessage: Message {
    Message(
      type: "finished",
      outcome.members
        + JSONMember.optional("producedByteCount", producedByteCount)
        + [JSONMember("deliveredByteCount", .integer(deliveredByteCount))])
  }
}
