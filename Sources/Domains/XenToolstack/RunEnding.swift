// SPDX-License-Identifier: Apache-2.0

/// How a run ended, before anybody asked for the guest's exit status.
public enum RunEnding: Equatable, Sendable {
  /// The guest shut down.
  case shutDown(ShutdownReason)
  /// The time limit came first.
  case timedOut
  /// Our own side asked for the end.
  case stopped
  /// Someone else destroyed the domain.
  case destroyedFromOutside
}
