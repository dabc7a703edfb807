// SPDX-License-Identifier: Apache-2.0

/// A domain identifier. C name: `domid_t`.
public struct DomainID: RawRepresentable, Hashable, Sendable {
  /// The number Xen knows the domain by; values from 0x7ff0 are reserved.
  public var rawValue: UInt16

  /// Wraps a number received from Xen or a toolstack.
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// The calling domain. C name: `DOMID_SELF`.
  public static var own: DomainID { DomainID(rawValue: 0x7ff0) }

  // swift-format-ignore: AlwaysUseLowerCamelCase, AllPublicDeclarationsHaveDocumentation
  @available(*, unavailable, renamed: "own")
  public static var DOMID_SELF: DomainID { own }
}
