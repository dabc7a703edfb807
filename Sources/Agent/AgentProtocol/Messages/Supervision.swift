// SPDX-License-Identifier: Apache-2.0

public import DomainModel
public import JSON

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

  /// Describes a supervised domain.
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
