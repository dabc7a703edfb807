// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import XenToolstack

/// Waiting for the end of a guest that somebody else may look after.
///
/// One cheap hypercall now and then, so that no watch can be missed.
struct Vigil {
  /// Milliseconds between looks.
  private static let interval = 20

  let action: DomainAction
  let domain: Domain
  /// When to look again.
  private(set) var nextLook = MonotonicTime.now
  private let deadline: MonotonicTime?

  init(_ action: DomainAction, _ domain: Domain) {
    self.action = action
    self.domain = domain
    deadline = action.timeLimitMilliseconds.map { MonotonicTime.now.adding(milliseconds: $0) }
  }

  /// How the guest has ended, or that it should have; nil if there is more to wait for.
  mutating func ending(_ state: DomainState, now: MonotonicTime) -> RunEnding? {
    switch state {
    case .shutDown(let reason): return .shutDown(reason)
    case .dying, .gone: return .destroyedFromOutside
    case .alive:
      if let deadline, now >= deadline { return .timedOut }
      nextLook = now.adding(milliseconds: Self.interval)
      return nil
    }
  }

  /// What to say when the time limit came first.
  var timeoutMessage: String {
    let milliseconds = action.timeLimitMilliseconds ?? 0
    return action.verb == .shutdown
      ? "the guest of \"\(action.domain)\" did not power off within \(milliseconds) ms: give it "
        + "more time, or use destroy"
      : "\"\(action.domain)\" still runs after \(milliseconds) ms"
  }
}
