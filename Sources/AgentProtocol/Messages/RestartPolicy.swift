// SPDX-License-Identifier: Apache-2.0

/// When a domain whose guest has ended is started again.
public enum RestartPolicy: String, Equatable, Sendable, CaseIterable {
  /// Never.
  case never = "no"
  /// When the guest has crashed.
  case onCrash = "on-crash"
  /// However the guest has ended.
  case always
}
