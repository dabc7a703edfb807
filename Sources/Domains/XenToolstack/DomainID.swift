// SPDX-License-Identifier: Apache-2.0

/// The number of a domain.
///
/// Its C name is `domid_t`; the libraries' functions take it as a `uint32_t`.
public struct DomainID: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
  /// The number as Xen's libraries take it.
  public var rawValue: UInt32

  /// Takes a number that Xen gave.
  public init(rawValue: UInt32) {
    self.rawValue = rawValue
  }

  /// The number in decimal.
  public var description: String { String(rawValue) }
}
