// SPDX-License-Identifier: Apache-2.0

/// When the guest of a supervised domain is started again after it has ended.
///
/// A guest that asks for a reboot gets it under each of them.
public enum RestartPolicy: String, Equatable, Sendable, CaseIterable {
  /// Never.
  case never = "no"
  /// After a crash; a triple fault counts as one.
  case onCrash = "on-crash"
  /// Whatever status it exits with.
  case always
}
