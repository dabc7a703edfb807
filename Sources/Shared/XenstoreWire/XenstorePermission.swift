// SPDX-License-Identifier: Apache-2.0

/// What a domain may do with a node, as a letter and a number travel: `r0`, `n5`.
///
/// Source: `docs/misc/xenstore.txt`, GET_PERMS.
public struct XenstorePermission: Equatable, Sendable {
  /// What may be done.
  public struct Access: RawRepresentable, Equatable, Sendable {
    /// The letter.
    public var rawValue: UInt8

    /// Wraps a letter received from xenstored.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Nothing.
    public static var none: Access { Access(rawValue: UInt8(ascii: "n")) }
    /// Reading.
    public static var read: Access { Access(rawValue: UInt8(ascii: "r")) }
    /// Writing.
    public static var write: Access { Access(rawValue: UInt8(ascii: "w")) }
    /// Reading and writing: both.
    public static var readAndWrite: Access { Access(rawValue: UInt8(ascii: "b")) }
  }

  /// What the domain may do.
  public var access: Access
  /// The domain's number.
  public var domain: UInt16

  /// Lets a domain access a node.
  public init(_ access: Access, domain: UInt16) {
    (self.access, self.domain) = (access, domain)
  }

  /// The permission in a string that xenstored sent; nil if there is none in it.
  public init?(decoding string: [UInt8]) {
    guard let letter = string.first, let domain = Decimal.value(string.dropFirst()) else {
      return nil
    }
    guard let domain = UInt16(exactly: domain) else { return nil }
    self.init(Access(rawValue: letter), domain: domain)
  }

  /// The permission as it travels, without its NUL.
  public var encoded: [UInt8] { [access.rawValue] + Decimal.digits(UInt64(domain)) }
}
