// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
public import DomainModel

/// Whether a guest is started again after its end, and when: arithmetic, no clock.
public enum RestartRules {
  /// Milliseconds that the first restart waits.
  public static let firstDelay = 1000
  /// Milliseconds that no restart waits longer than.
  public static let longestDelay = 60_000
  /// Milliseconds of life after which a guest that ends is not taken for one that cannot start.
  public static let soundLife = 60_000
  /// Milliseconds of life after which a reboot is granted at once.
  public static let rebootLife = 1000

  /// Whether the guest is to be started again.
  ///
  /// What people did to it, or its time limit, is final.
  public static func startsAgain(_ policy: RestartPolicy, after outcome: Outcome) -> Bool {
    switch outcome {
    case .rebootRequested: true
    case .crashed: policy != .never
    case .exited, .malformedExitStatus, .otherShutdown: policy == .always
    case .timedOut, .stopped, .destroyedFromOutside: false
    }
  }

  /// Milliseconds until the next start of a guest that lived so long; `previous` is what the start
  /// before waited, 0 if none did.
  public static func delay(previous: Int, life: Int, after outcome: Outcome?) -> Int {
    if case .rebootRequested? = outcome, life >= rebootLife { return 0 }
    guard life < soundLife, previous > 0 else { return firstDelay }
    return min(longestDelay / 2, previous) * 2
  }
}
