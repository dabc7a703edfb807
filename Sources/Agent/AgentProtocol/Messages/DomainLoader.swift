// SPDX-License-Identifier: Apache-2.0

/// Which of Xen's libraries build a domain.
public enum DomainLoader: String, Equatable, Sendable, CaseIterable {
  /// libxenlight, as `xl` does it.
  case libxl
  /// libxenguest reads the image, and libxenctrl makes the domain, directly.
  case xenguest

  /// What builds a domain unless something else is asked for.
  public static var standard: DomainLoader { .xenguest }
}
