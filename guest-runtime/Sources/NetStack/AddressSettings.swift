// SPDX-License-Identifier: Apache-2.0

import NetWire

/// What somebody wrote of a host's address: `10.0.0.2/24,gw=10.0.0.1,dns=10.0.0.1`, or `dhcp`.
public enum AddressSettings: Equatable, Sendable {
  case dhcp
  case fixed(IPv4Configuration)

  /// Why a text says nothing.
  public struct Mistake: Error, Equatable, Sendable {
    /// The part that is wrong.
    public let part: [UInt8]
  }

  /// Reads settings. An address without a length has 24 bits for its network. Several name servers are several
  /// `dns=`.
  ///
  /// - Throws: `Mistake`.
  public init(_ text: [UInt8]) throws(Mistake) {
    let parts = text.split(separator: 0x2C, omittingEmptySubsequences: false).map { Array($0) }
    let first = parts.first ?? []
    if parts.count == 1, first == [0x64, 0x68, 0x63, 0x70] {  // dhcp
      self = .dhcp
      return
    }
    let single = IPv4Address(first).map { IPv4Prefix($0, length: 24) }
    guard let prefix = IPv4Prefix(first) ?? single, prefix.address.isUsable else {
      throw Mistake(part: first)
    }
    var configuration = IPv4Configuration(prefix)
    for part in parts.dropFirst() {
      if let address = Self.address(part, after: [0x67, 0x77, 0x3D]), configuration.gateway == nil
      {  // gw=
        configuration.gateway = address
      } else if let address = Self.address(part, after: [0x64, 0x6E, 0x73, 0x3D]) {  // dns=
        configuration.nameServers.append(address)
      } else {
        throw Mistake(part: part)
      }
    }
    self = .fixed(configuration)
  }

  private static func address(_ part: [UInt8], after key: [UInt8]) -> IPv4Address? {
    guard part.starts(with: key) else { return nil }
    return IPv4Address(Array(part.dropFirst(key.count))).flatMap { $0.isUsable ? $0 : nil }
  }
}
