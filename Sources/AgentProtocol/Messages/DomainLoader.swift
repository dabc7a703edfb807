// SPDX-License-Identifier: Apache-2.0

/// Which of Xen's libraries build a domain.
public enum DomainLoader: String, Equatable, Sendable, CaseIterable {
  /// libxenlight, as `xl` does it.
  case libxl
  /// libxenguest and libxenctrl, directly.
  case xenguest
}
