// SPDX-License-Identifier: Apache-2.0

/// What becomes of a domain whose guest has ended. Source: xl.cfg(5), "EVENT ACTIONS".
public enum OnEvent: String, Sendable, Equatable, CaseIterable {
  /// The domain goes.
  case destroy
  /// The domain stays, to be looked at.
  case preserve
  /// The domain goes, and another of the same configuration is made.
  case restart
  case renameRestart = "rename-restart"
  case coredumpDestroy = "coredump-destroy"
  case coredumpRestart = "coredump-restart"
  case softReset = "soft-reset"
}
