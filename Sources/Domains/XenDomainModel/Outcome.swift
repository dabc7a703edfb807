// SPDX-License-Identifier: Apache-2.0

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
  /// Another program destroyed the domain.
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
  /// What a guest that has powered off left in `data/exit-status` of its xenstore directory, which it may have
  /// filled with anything; one that leaves nothing has status 0.
  ///
  /// What is no status from 0 to 255 is made printable, and cut after 64 bytes.
  public init(exitStatusNode node: [UInt8]?) {
    guard let node else {
      self = .exited(0)
      return
    }
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    if (1...3).contains(node.count), node.allSatisfy({ digits.contains($0) }),
      let value = UInt8(String(decoding: node, as: UTF8.self))
    {
      self = .exited(Int(value))
    } else {
      let printable = node.prefix(64).map { (0x20..<0x7f).contains($0) ? $0 : UInt8(ascii: "?") }
      self = .malformedExitStatus(String(decoding: printable, as: UTF8.self))
    }
  }
}

/// How a run ended, before anybody asked for the guest's exit status.
public enum RunEnding: Equatable, Sendable {
  /// The guest shut down.
  case shutDown(ShutdownReason)
  /// The time limit came first.
  case timedOut
  /// Our own side asked for the end.
  case stopped
  /// Another program destroyed the domain.
  case destroyedFromOutside
}
