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

    package init(part: [UInt8]) { self.part = part }
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
    let words = try SettingsWords(parts.dropFirst()) { text in
      IPv4Address(text).flatMap { $0.isUsable ? $0 : nil }
    }
    self = .fixed(
      IPv4Configuration(prefix, gateway: words.gateway, nameServers: words.nameServers))
  }
}

/// What follows an address in settings of either version: a gateway, `gw=`, and name servers, each after `dns=`.
package struct SettingsWords<Address> {
  package private(set) var gateway: Address?
  package private(set) var nameServers: [Address] = []

  /// Reads the parts, of which each has an address that `read` takes.
  package init(
    _ parts: ArraySlice<[UInt8]>, _ read: ([UInt8]) -> Address?
  ) throws(AddressSettings.Mistake) {
    for part in parts {
      if part.starts(with: [0x67, 0x77, 0x3D]), gateway == nil,  // gw=
        let address = read(Array(part.dropFirst(3)))
      {
        gateway = address
      } else if part.starts(with: [0x64, 0x6E, 0x73, 0x3D]),  // dns=
        let address = read(Array(part.dropFirst(4)))
      {
        nameServers.append(address)
      } else {
        throw AddressSettings.Mistake(part: part)
      }
    }
  }
}
