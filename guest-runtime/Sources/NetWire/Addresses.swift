// SPDX-License-Identifier: Apache-2.0

import ByteText

/// The address of a network interface on its link. C name: `ETH_ALEN` bytes.
public struct EthernetAddress: Hashable, Sendable {
  /// The six bytes as a number, the first one highest.
  public let rawValue: UInt64

  /// Takes the low six bytes of a number.
  public init(rawValue: UInt64) { self.rawValue = rawValue & 0xFFFF_FFFF_FFFF }

  /// All stations of the link.
  public static var broadcast: EthernetAddress { EthernetAddress(rawValue: 0xFFFF_FFFF_FFFF) }

  /// Whether it means several stations.
  public var isMulticast: Bool { rawValue >> 40 & 1 == 1 }

  /// As text, like `00:16:3e:00:00:01`.
  public var text: [UInt8] {
    var text: [UInt8] = []
    for shift: UInt64 in [40, 32, 24, 16, 8, 0] {
      if shift != 40 { text.append(0x3A) }
      for digit in [rawValue >> (shift + 4) & 15, rawValue >> shift & 15] {
        text.append(UInt8(digit < 10 ? 0x30 + digit : 0x57 + digit))
      }
    }
    return text
  }

  /// An address as text: six pairs of hexadecimal digits with colons; nil if it is none.
  public init?(_ text: [UInt8]) {
    guard text.count == 17 else { return nil }
    var value: UInt64 = 0
    for (place, byte) in text.enumerated() {
      if place % 3 == 2 {
        guard byte == 0x3A else { return nil }
      } else {
        guard let digit = ASCII.hexadecimalValue(byte) else { return nil }
        value = value << 4 | UInt64(digit)
      }
    }
    self.init(rawValue: value)
  }
}

/// An IPv4 address. Source: RFC 791.
public struct IPv4Address: Hashable, Sendable {
  /// The four bytes as a number, the first one highest.
  public let rawValue: UInt32

  public init(rawValue: UInt32) { self.rawValue = rawValue }

  public init(_ first: UInt8, _ second: UInt8, _ third: UInt8, _ fourth: UInt8) {
    rawValue = UInt32(first) << 24 | UInt32(second) << 16 | UInt32(third) << 8 | UInt32(fourth)
  }

  /// An address as text: four decimal numbers with dots, none with a leading zero; nil if it is none.
  public init?(_ text: [UInt8]) {
    let parts = text.split(separator: 0x2E, omittingEmptySubsequences: false)
    guard parts.count == 4 else { return nil }
    var value: UInt32 = 0
    for part in parts {
      guard part.count == 1 || part.first != 0x30, let number = part.decimalValue, number <= 255
      else { return nil }
      value = value << 8 | UInt32(number)
    }
    rawValue = value
  }

  /// Of a host that has none yet.
  public static var unspecified: IPv4Address { IPv4Address(rawValue: 0) }
  /// All hosts of the link.
  public static var broadcast: IPv4Address { IPv4Address(rawValue: .max) }

  /// Whether it means a group of hosts.
  public var isMulticast: Bool { rawValue >> 28 == 0xE }
  /// Whether it is one of 127.0.0.0/8, which no link carries.
  public var isLoopback: Bool { rawValue >> 24 == 127 }
  /// Whether a host may have it: not a group, a broadcast, loopback, or of network 0.
  public var isUsable: Bool {
    !isMulticast && !isLoopback && rawValue >> 24 != 0 && rawValue >> 28 != 0xF
  }

  /// As text, like `10.0.0.1`.
  public var text: [UInt8] {
    var text: [UInt8] = []
    for shift: UInt32 in [24, 16, 8, 0] {
      if shift != 24 { text.append(0x2E) }
      text.append(decimal: UInt64(rawValue >> shift & 255))
    }
    return text
  }
}

/// The address of a host, of either version.
public enum IPAddress: Hashable, Sendable {
  case v4(IPv4Address)
  case v6(IPv6Address)
}

/// One end of a conversation: a host, and a port of UDP or TCP there.
public struct NetEndpoint: Hashable, Sendable {
  public var address: IPAddress
  public var port: UInt16

  public init(_ address: IPAddress, port: UInt16) {
    self.address = address
    self.port = port
  }
}

/// An IPv4 address and how many of its bits name the network.
public struct IPv4Prefix: Hashable, Sendable {
  public let address: IPv4Address
  /// 0 to 32.
  public let length: Int

  /// - Precondition: `length` is from 0 to 32.
  public init(_ address: IPv4Address, length: Int) {
    precondition((0...32).contains(length))
    self.address = address
    self.length = length
  }

  /// A prefix as text, like `10.0.0.2/24`; nil if it is none.
  public init?(_ text: [UInt8]) {
    guard let parts = text.prefixParts(limit: 32), let address = IPv4Address(parts.address) else {
      return nil
    }
    self.init(address, length: parts.length)
  }

  /// A prefix of an address and a netmask like 255.255.255.0; nil if the mask has gaps.
  public init?(_ address: IPv4Address, mask: IPv4Address) {
    let length = (~mask.rawValue).leadingZeroBitCount
    guard mask.rawValue == Self.mask(length) else { return nil }
    self.init(address, length: length)
  }

  private static func mask(_ length: Int) -> UInt32 { length == 0 ? 0 : ~0 << UInt32(32 - length) }

  /// Whether an address is in the network.
  public func contains(_ other: IPv4Address) -> Bool {
    (address.rawValue ^ other.rawValue) & Self.mask(length) == 0
  }

  /// The address of all hosts of the network.
  public var broadcast: IPv4Address { IPv4Address(rawValue: address.rawValue | ~Self.mask(length)) }
}
