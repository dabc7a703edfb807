// SPDX-License-Identifier: Apache-2.0

import ByteText

/// An IPv6 address. Source: RFC 4291.
public struct IPv6Address: Hashable, Sendable {
  /// The first eight bytes as a number.
  public let high: UInt64
  /// The last eight bytes.
  public let low: UInt64

  public init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  // MARK: Addresses with a meaning

  /// Of a host that has none yet.
  public static var unspecified: IPv6Address { IPv6Address(high: 0, low: 0) }
  /// All hosts of the link. Source: RFC 4291, section 2.7.1.
  public static var allNodes: IPv6Address { group(1) }
  /// All routers of the link.
  public static var allRouters: IPv6Address { group(2) }
  /// All that want to know who listens to which group. Source: RFC 3810, section 5.2.14.
  public static var groupRouters: IPv6Address { group(0x16) }

  private static func group(_ number: UInt64) -> IPv6Address {
    IPv6Address(high: 0xFF02_0000_0000_0000, low: number)
  }

  /// The address that a station has on its link without asking anybody. Source: RFC 4291, section 2.5.6.
  public static func linkLocal(of station: EthernetAddress) -> IPv6Address {
    IPv6Address(high: 0xFE80_0000_0000_0000, low: station.interfaceIdentifier)
  }

  // MARK: What it is

  public var isUnspecified: Bool { high == 0 && low == 0 }
  /// Whether it is `::1`, which no link carries.
  public var isLoopback: Bool { high == 0 && low == 1 }
  /// Whether it is one of fe80::/10, which routers do not forward.
  public var isLinkLocal: Bool { high >> 54 == 0x3FA }
  /// Whether it means a group of hosts.
  public var isMulticast: Bool { high >> 56 == 0xFF }
  /// Whether it is a group that no router forwards: of an interface, or of a link.
  public var isLinkGroup: Bool { isMulticast && high >> 48 & 15 <= 2 }
  /// Whether an IPv4 address is written in it, as one of ::ffff:0:0/96: no link carries it.
  public var isMapped: Bool { high == 0 && low >> 32 == 0xFFFF }
  /// Whether a host may have it: not a group, and none of ::/64, where loopback and mapped addresses are.
  public var isUsable: Bool { !isMulticast && high != 0 }

  /// The group of all hosts whose addresses end like this one, which are asked for their station. Source: RFC
  /// 4291, section 2.7.1.
  public var solicitedNodeGroup: IPv6Address {
    IPv6Address(high: 0xFF02_0000_0000_0000, low: 0x1_FF00_0000 | low & 0xFF_FFFF)
  }

  /// To which station frames for this group go. Source: RFC 2464, section 7.
  public var groupStation: EthernetAddress {
    EthernetAddress(rawValue: 0x3333_0000_0000 | low & 0xFFFF_FFFF)
  }

  /// How many bits from the first one on it has in common with another.
  public func commonBits(with other: IPv6Address) -> Int {
    let count = (high ^ other.high).leadingZeroBitCount
    return count < 64 ? count : 64 + (low ^ other.low).leadingZeroBitCount
  }

  // MARK: Text

  private func group(_ place: Int) -> UInt16 {
    UInt16(truncatingIfNeeded: (place < 4 ? high : low) >> UInt64(48 - place % 4 * 16))
  }

  /// The zeros that are left out: the longest run of two groups at least, of equals the first.
  private var gap: Range<Int> {
    var gap = 8..<8
    var start = 0
    for place in 0..<8 {
      if group(place) != 0 {
        start = place + 1
      } else if place + 1 - start > max(gap.count, 1) {
        gap = start..<(place + 1)
      }
    }
    return gap
  }

  /// As text, like `2001:db8::1`, in the one form of RFC 5952.
  public var text: [UInt8] {
    var text: [UInt8] = []
    let gap = gap
    var place = 0
    while place < (isMapped ? 6 : 8) {
      if place == gap.lowerBound {
        text += [0x3A, 0x3A]
        place = gap.upperBound
        continue
      }
      if place > 0, place != gap.upperBound { text.append(0x3A) }
      let number = group(place)
      var shift = (15 - min(number.leadingZeroBitCount, 15)) / 4 * 4
      while shift >= 0 {
        let digit = UInt8(number >> UInt16(shift) & 15)
        text.append(digit < 10 ? 0x30 + digit : 0x57 + digit)
        shift -= 4
      }
      place += 1
    }
    guard isMapped else { return text }
    return text + [0x3A] + IPv4Address(rawValue: UInt32(truncatingIfNeeded: low)).text
  }

  /// An address as text, in any form of RFC 4291, section 2.2; nil if it is none.
  public init?(_ text: [UInt8]) {
    var groups: [UInt16] = []
    var gap: Int?
    var rest = text[...]
    if rest.starts(with: [0x3A, 0x3A]) {
      gap = 0
      rest = rest.dropFirst(2)
    }
    while !rest.isEmpty {
      let end = rest.firstIndex(of: 0x3A) ?? rest.endIndex
      let part = rest[..<end]
      if end == rest.endIndex, let address = IPv4Address(Array(part)) {
        groups.append(UInt16(address.rawValue >> 16))
        groups.append(UInt16(truncatingIfNeeded: address.rawValue))
        break
      }
      guard (1...4).contains(part.count) else { return nil }
      var number: UInt16 = 0
      for byte in part {
        guard let digit = ASCII.hexadecimalValue(byte) else { return nil }
        number = number << 4 | UInt16(digit)
      }
      groups.append(number)
      rest = rest[end...].dropFirst()
      if rest.isEmpty {
        // A colon wants something behind it.
        if end != text.endIndex { return nil }
      } else if rest.first == 0x3A {
        guard gap == nil else { return nil }
        gap = groups.count
        rest = rest.dropFirst()
      }
    }
    if let gap {
      guard groups.count < 8 else { return nil }
      groups.insert(contentsOf: [UInt16](repeating: 0, count: 8 - groups.count), at: gap)
    }
    guard groups.count == 8 else { return nil }
    high = groups[..<4].reduce(0) { $0 << 16 | UInt64($1) }
    low = groups[4...].reduce(0) { $0 << 16 | UInt64($1) }
  }
}

extension EthernetAddress {
  /// What ends the addresses of a station that makes them by itself: its own, in the modified form of EUI-64.
  /// Sources: RFC 4291, appendix A, and RFC 2464, section 4.
  public var interfaceIdentifier: UInt64 {
    ((rawValue >> 24) << 40 | 0xFF_FE00_0000 | rawValue & 0xFF_FFFF) ^ 0x0200_0000_0000_0000
  }
}
