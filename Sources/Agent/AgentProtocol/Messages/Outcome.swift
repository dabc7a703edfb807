// SPDX-License-Identifier: Apache-2.0

import JSON

/// How a run ended.
public enum Outcome: Equatable, Sendable {
  /// The guest powered off; the status is what it left in `data/exit-status`, or 0.
  case exited(Int)
  /// The guest powered off, but left this in `data/exit-status`, which is no number up to 255.
  case malformedExitStatus(String)
  /// The guest crashed; a triple fault counts as a crash.
  case crashed
  /// The guest asked for a reboot, which a run does not grant.
  case rebootRequested
  /// The guest shut down with another of Xen's reasons. C name: `SHUTDOWN_*`.
  case otherShutdown(reason: Int)
  /// The time limit came first.
  case timedOut
  /// The client asked for the end.
  case stopped
  /// Someone else destroyed the domain.
  case destroyedFromOutside
}

extension Outcome: CustomStringConvertible {
  /// The ending for people, in few words.
  public var description: String {
    switch self {
    case .exited(let status): "exit status \(status)"
    case .malformedExitStatus: "no valid exit status"
    case .crashed: "crashed"
    case .rebootRequested: "rebooted"
    case .otherShutdown(let reason): "shutdown reason \(reason)"
    case .timedOut: "time limit"
    case .stopped: "stopped"
    case .destroyedFromOutside: "destroyed"
    }
  }
}

extension Outcome {
  init(_ fields: HeadFields) throws(ProtocolError) {
    switch try fields.string("outcome") {
    case "exited": self = .exited(try fields.count("status"))
    case "malformedExitStatus": self = .malformedExitStatus(try fields.string("seen"))
    case "crashed": self = .crashed
    case "rebootRequested": self = .rebootRequested
    case "otherShutdown": self = .otherShutdown(reason: try fields.count("reason"))
    case "timedOut": self = .timedOut
    case "stopped": self = .stopped
    case "destroyedFromOutside": self = .destroyedFromOutside
    default: throw fields.wrong("outcome", "one of the outcomes of this protocol version")
    }
  }

  var members: [JSONMember] {
    switch self {
    case .exited(let status): named("exited") + [JSONMember("status", .integer(status))]
    case .malformedExitStatus(let seen):
      named("malformedExitStatus") + [JSONMember("seen", .string(seen))]
    case .crashed: named("crashed")
    case .rebootRequested: named("rebootRequested")
    case .otherShutdown(let reason):
      named("otherShutdown") + [JSONMember("reason", .integer(reason))]
    case .timedOut: named("timedOut")
    case .stopped: named("stopped")
    case .destroyedFromOutside: named("destroyedFromOutside")
    }
  }

  private func named(_ word: String) -> [JSONMember] { [JSONMember("outcome", .string(word))] }
}
