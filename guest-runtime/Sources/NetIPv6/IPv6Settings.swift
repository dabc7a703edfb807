// SPDX-License-Identifier: Apache-2.0

public import NetStack
public import NetWire

/// What somebody wrote of a host's IPv6 addresses: `2001:db8::2/64,gw=fe80::1,dns=2001:db8::1`, or `auto`.
public enum IPv6Settings: Equatable, Sendable {
  /// Routers say what there is.
  case automatic
  /// All that counts is said, and routers are not heard.
  case fixed(IPv6Configuration)

  /// Why a text says nothing; as with IPv4.
  public typealias Mistake = AddressSettings.Mistake

  /// Reads settings. An address without a length has 64 bits for its network. Several name servers are several
  /// `dns=`.
  ///
  /// - Throws: `Mistake`.
  public init(_ text: [UInt8]) throws(Mistake) {
    let parts = text.split(separator: 0x2C, omittingEmptySubsequences: false).map { Array($0) }
    let first = parts.first ?? []
    if parts.count == 1, first == [0x61, 0x75, 0x74, 0x6F] {  // auto
      self = .automatic
      return
    }
    let single = IPv6Address(first).map { IPv6Prefix($0, length: 64) }
    guard let prefix = IPv6Prefix(first) ?? single, prefix.address.isUsable,
      !prefix.address.isLinkLocal
    else { throw Mistake(part: first) }
    let words = try SettingsWords(parts.dropFirst()) { text in
      IPv6Address(text).flatMap { $0.isUsable ? $0 : nil }
    }
    self = .fixed(
      IPv6Configuration(prefix, gateway: words.gateway, nameServers: words.nameServers))
  }
}

/// What a host is to know of its network if no router says it.
public struct IPv6Configuration: Equatable, Sendable {
  /// The host's own address, and its network.
  public var prefix: IPv6Prefix
  /// Who delivers to other networks; nil if nobody does.
  public var gateway: IPv6Address?
  /// Whom to ask for the addresses of names; the first three count.
  public var nameServers: [IPv6Address]

  public init(
    _ prefix: IPv6Prefix, gateway: IPv6Address? = nil, nameServers: [IPv6Address] = []
  ) {
    self.prefix = prefix
    self.gateway = gateway
    self.nameServers = nameServers
  }
}
