// SPDX-License-Identifier: Apache-2.0

/// The beginning of an IPv6 packet. Extensions are skipped in what is read; of them, only that of a fragment is
/// written. Source: RFC 8200.
public struct IPv6Header: Equatable, Sendable {
  /// Bytes of a header without extensions.
  public static var size: Int { 40 }
  /// Bytes of the extension of a fragment.
  public static var fragmentSize: Int { 8 }
  /// Bytes that each link carries in one packet. Source: RFC 8200, section 5.
  public static var leastMTU: Int { 1280 }

  /// Bytes of the header as it was read, with extensions.
  public private(set) var size = Self.size
  /// Bytes of payload.
  public var payloadCount: Int
  /// By how many routers it may be forwarded.
  public var hopLimit: UInt8 = 64
  /// How networks treat it: DSCP in its upper six bits. Source: RFC 2474.
  public var trafficClass: UInt8 = 0
  public var protocolNumber: ProtocolNumber
  public var source: IPv6Address
  public var destination: IPv6Address
  /// Which datagram a fragment is of.
  public var identification: UInt32 = 0
  /// Whether more of the same datagram follows.
  public var hasMoreFragments = false
  /// Where in the datagram the payload belongs, in bytes; a multiple of 8.
  public var fragmentOffset = 0
  /// Whether it has the extension of a fragment, which what is whole may have, too.
  public private(set) var hasFragmentExtension = false

  public init(
    from source: IPv6Address, to destination: IPv6Address, _ protocolNumber: ProtocolNumber,
    payloadCount: Int
  ) {
    self.source = source
    self.destination = destination
    self.protocolNumber = protocolNumber
    self.payloadCount = payloadCount
  }

  /// The header of a packet, behind which there may be padding; nil if it is cut, its lengths lie, or its extensions
  /// want what nobody here does.
  public init?(_ packet: RawSpan) {
    guard packet.byteCount >= Self.size, packet.byte(0) >> 4 == 6 else { return nil }
    let total = Self.size + Int(packet.big16(4))
    guard total <= packet.byteCount,
      let extensions = IPv6Extensions(
        packet.extracting(Self.size..<total), ProtocolNumber(rawValue: packet.byte(6)),
        mayBeHopByHop: true)
    else { return nil }
    size = Self.size + extensions.count
    payloadCount = total - size
    trafficClass = UInt8(truncatingIfNeeded: packet.big16(0) >> 4)
    hopLimit = packet.byte(7)
    protocolNumber = extensions.protocolNumber
    source = packet.ipv6Address(8)
    destination = packet.ipv6Address(24)
    identification = extensions.identification
    hasMoreFragments = extensions.hasMoreFragments
    fragmentOffset = extensions.fragmentOffset
    hasFragmentExtension = extensions.hasFragment
  }

  /// Whether it is a part of a datagram, and not the only one.
  public var isFragment: Bool { hasMoreFragments || fragmentOffset > 0 }

  /// Writes it.
  public func append(to packet: inout PacketWriter) {
    packet.appendBig32(6 << 28 | UInt32(trafficClass) << 20)
    packet.appendBig16(UInt16(payloadCount + (isFragment ? Self.fragmentSize : 0)))
    packet.append(isFragment ? ProtocolNumber.fragment.rawValue : protocolNumber.rawValue)
    packet.append(hopLimit)
    packet.append(source)
    packet.append(destination)
    guard isFragment else { return }
    packet.append(protocolNumber.rawValue)
    packet.append(0)
    packet.appendBig16(UInt16(fragmentOffset) | (hasMoreFragments ? 1 : 0))
    packet.appendBig32(identification)
  }
}

/// What stands between an IPv6 header and what the packet carries. Source: RFC 8200, section 4.
public struct IPv6Extensions: Equatable, Sendable {
  /// Extensions of one packet at most; nobody honest has more than four.
  public static var limit: Int { 8 }

  /// What follows the last one.
  public private(set) var protocolNumber: ProtocolNumber
  /// Bytes of them all.
  public private(set) var count = 0
  private(set) var identification: UInt32 = 0
  private(set) var hasMoreFragments = false
  private(set) var fragmentOffset = 0
  private(set) var hasFragment = false

  /// Whether what follows is a part of a datagram, and not the only one.
  public var isFragment: Bool { hasMoreFragments || fragmentOffset > 0 }

  /// Reads them up to what the packet carries, or to the extension of a fragment, behind which is a part of
  /// something; nil if one is cut, has a place where it must not be, or wants what nobody here does: options that
  /// forbid to go on without knowing them, or a route on which there are stations left.
  ///
  /// - Parameters:
  ///   - bytes: of the packet, or of a datagram whose parts were put together, behind IPv6's header.
  ///   - first: what they begin with.
  ///   - mayBeHopByHop: whether options for each router may come first, as right behind IPv6's header.
  public init?(_ bytes: RawSpan, _ first: ProtocolNumber, mayBeHopByHop: Bool) {
    protocolNumber = first
    for place in 0...Self.limit {
      let isHopByHop = protocolNumber == .hopByHop
      guard
        isHopByHop || protocolNumber == .destinationOptions || protocolNumber == .routing
          || protocolNumber == .fragment
      else { return }
      guard place < Self.limit, count + 8 <= bytes.byteCount else { return nil }
      if isHopByHop { guard place == 0, mayBeHopByHop else { return nil } }
      var size = 8
      if protocolNumber == .fragment {
        guard !hasFragment else { return nil }
        hasFragment = true
        let word = bytes.big16(count + 2)
        hasMoreFragments = word & 1 != 0
        fragmentOffset = Int(word & 0xFFF8)
        identification = bytes.big32(count + 4)
      } else {
        size += Int(bytes.byte(count + 1)) * 8
        guard count + size <= bytes.byteCount else { return nil }
        if protocolNumber == .routing {
          guard bytes.byte(count + 3) == 0 else { return nil }
        } else {
          guard Self.mayBeSkipped(bytes.extracting((count + 2)..<(count + size))) else {
            return nil
          }
        }
      }
      protocolNumber = ProtocolNumber(rawValue: bytes.byte(count))
      count += size
      if isFragment { return }
    }
    return nil
  }

  /// Whether options may be skipped by who does not know them, as the upper two bits of their type say: section 4.2.
  private static func mayBeSkipped(_ options: RawSpan) -> Bool {
    var offset = 0
    while offset < options.byteCount {
      let type = options.byte(offset)
      // One byte of padding has no length.
      if type == 0 {
        offset += 1
        continue
      }
      guard type >> 6 == 0, offset + 2 <= options.byteCount else { return false }
      offset += 2 + Int(options.byte(offset + 1))
      guard offset <= options.byteCount else { return false }
    }
    return true
  }
}

extension ProtocolNumber {
  public static var hopByHop: ProtocolNumber { ProtocolNumber(rawValue: 0) }
  public static var routing: ProtocolNumber { ProtocolNumber(rawValue: 43) }
  public static var fragment: ProtocolNumber { ProtocolNumber(rawValue: 44) }
  public static var icmpV6: ProtocolNumber { ProtocolNumber(rawValue: 58) }
  /// Nothing follows.
  public static var nothing: ProtocolNumber { ProtocolNumber(rawValue: 59) }
  public static var destinationOptions: ProtocolNumber { ProtocolNumber(rawValue: 60) }
}
