// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
public import DomainModel

/// Whether a guest is started again after its end, and when: arithmetic, no clock.
public enum RestartRules {
  /// Milliseconds that the first restart waits.
  public static let firstDelay = 1000
  /// Milliseconds that no restart waits longer than.
  public static let longestDelay = 60_000
  /// Milliseconds after which a guest that ends counts as one that had started well: its delay begins anew.
  public static let soundLife = 60_000
  /// Milliseconds that a guest has to run for its reboot to be granted at once.
  public static let rebootLife = 1000

  /// Whether the guest is to be started again.
  ///
  /// A guest that was destroyed, or reached its time limit, is not.
  public static func startsAgain(_ policy: RestartPolicy, after outcome: Outcome) -> Bool {
    switch outcome {
    case .rebootRequested: true
    case .crashed: policy != .never
    case .exited, .malformedExitStatus, .otherShutdown: policy == .always
    case .timedOut, .stopped, .destroyedFromOutside: false
    }
  }

  /// Milliseconds until the next start of a guest that ran for `life` milliseconds; `previous` is the delay of the
  /// start before, or 0.
  public static func delay(previous: Int, life: Int, after outcome: Outcome?) -> Int {
    if case .rebootRequested? = outcome, life >= rebootLife { return 0 }
    guard life < soundLife, previous > 0 else { return firstDelay }
    return min(longestDelay / 2, previous) * 2
  }
}
