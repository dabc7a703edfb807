// SPDX-License-Identifier: Apache-2.0

public enum DomainState: Equatable, Sendable {
  case running
  /// All of its vCPUs wait for something.
  case blocked
  case paused
  /// Its guest has ended; its memory is still there.
  case shutDown(ShutdownReason)
  /// It is being destroyed, or another domain or process still has some of its memory mapped.
  case dying
  /// There is no such domain.
  case gone
  /// There is no domain at the moment: its supervisor starts the guest again soon.
  case waiting
  /// There is no domain any more; its supervisor still has the record.
  case ended

  /// Whether the guest has not ended.
  public var isAlive: Bool { self == .running || self == .blocked || self == .paused }
}

/// In one word, for people and programs.
extension DomainState: RawRepresentable, CaseIterable {
  public static var allCases: [DomainState] {
    [
      .running, .blocked, .paused, .shutDown(.powerOff), .shutDown(.crash), .dying, .waiting,
      .ended,
    ]
  }

  /// A guest that has shut down for whatever reason but a crash is `shutDown`.
  public var rawValue: String {
    switch self {
    case .running: "running"
    case .blocked: "blocked"
    case .paused: "paused"
    case .shutDown(.crash): "crashed"
    case .shutDown: "shutDown"
    case .dying: "dying"
    case .gone: "gone"
    case .waiting: "waiting"
    case .ended: "ended"
    }
  }

  public init?(rawValue: String) {
    guard let state = Self.allCases.first(where: { $0.rawValue == rawValue }) else { return nil }
    self = state
  }
}

/// Why a guest shut down; other numbers than these may come (C name: `SHUTDOWN_*`, in
/// Xen's public/sched.h).
public struct ShutdownReason: RawRepresentable, Equatable, Sendable {
  /// Xen's number for it.
  public var rawValue: Int32

  /// Takes a number that Xen gave.
  public init(rawValue: Int32) {
    self.rawValue = rawValue
  }

  /// The guest is done.
  public static var powerOff: ShutdownReason { ShutdownReason(rawValue: 0) }
  /// The guest wants to be started again.
  public static var reboot: ShutdownReason { ShutdownReason(rawValue: 1) }
  /// The guest reported a crash, or Xen stopped it for one.
  public static var crash: ShutdownReason { ShutdownReason(rawValue: 3) }
}
