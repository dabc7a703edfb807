// SPDX-License-Identifier: Apache-2.0

/// The beginning of an IPv4 packet. Options are skipped in what is read, and never written. Source: RFC 791.
public struct IPv4Header: Equatable, Sendable {
  /// Bytes of a header without options.
  public static var size: Int { 20 }

  /// Bytes of the header as it was read, 20 to 60.
  public private(set) var size = Self.size
  /// Bytes of payload.
  public var payloadCount: Int
  public var identification: UInt16 = 0
  public var mayBeFragmented = true
  /// Whether more of the same datagram follows.
  public var hasMoreFragments = false
  /// Where in the datagram the payload belongs, in bytes; a multiple of 8.
  public var fragmentOffset = 0
  public var timeToLive: UInt8 = 64
  /// How networks treat it: DSCP in its upper six bits. Source: RFC 2474.
  public var trafficClass: UInt8 = 0
  public var protocolNumber: ProtocolNumber
  public var source: IPv4Address
  public var destination: IPv4Address

  public init(
    from source: IPv4Address, to destination: IPv4Address, _ protocolNumber: ProtocolNumber,
    payloadCount: Int
  ) {
    self.source = source
    self.destination = destination
    self.protocolNumber = protocolNumber
    self.payloadCount = payloadCount
  }

  /// The header of a packet, behind which there may be padding; nil if it is cut, its lengths lie, or its checksum
  /// is wrong.
  public init?(_ packet: RawSpan) {
    guard packet.byteCount >= Self.size, packet.byte(0) >> 4 == 4 else { return nil }
    let size = Int(packet.byte(0) & 15) * 4
    let total = Int(packet.big16(2))
    guard size >= Self.size, size <= total, total <= packet.byteCount else { return nil }
    var checksum = InternetChecksum()
    checksum.add(packet.extracting(0..<size))
    guard checksum.value == 0 else { return nil }
    self.size = size
    payloadCount = total - size
    identification = packet.big16(4)
    let fragment = packet.big16(6)
    mayBeFragmented = fragment & 0x4000 == 0
    hasMoreFragments = fragment & 0x2000 != 0
    fragmentOffset = Int(fragment & 0x1FFF) * 8
    timeToLive = packet.byte(8)
    trafficClass = packet.byte(1)
    protocolNumber = ProtocolNumber(rawValue: packet.byte(9))
    source = packet.ipv4Address(12)
    destination = packet.ipv4Address(16)
  }

  /// Whether it is a part of a datagram.
  public var isFragment: Bool { hasMoreFragments || fragmentOffset > 0 }

  /// Writes it, without options.
  public func append(to packet: inout PacketWriter) {
    let start = packet.bytes.count
    packet.append(0x45)
    packet.append(trafficClass)
    packet.appendBig16(UInt16(Self.size + payloadCount))
    packet.appendBig16(identification)
    packet.appendBig16(
      (mayBeFragmented ? 0 : 0x4000) | (hasMoreFragments ? 0x2000 : 0)
        | UInt16(fragmentOffset / 8))
    packet.append(timeToLive)
    packet.append(protocolNumber.rawValue)
    packet.appendBig16(0)
    packet.append(source)
    packet.append(destination)
    var checksum = InternetChecksum()
    packet.add(from: start, to: &checksum)
    packet.setBig16(checksum.value, at: start + 10)
  }
}

/// What an IP packet carries.
public struct ProtocolNumber: RawRepresentable, Equatable, Sendable {
  public let rawValue: UInt8

  public init(rawValue: UInt8) { self.rawValue = rawValue }

  public static var icmp: ProtocolNumber { ProtocolNumber(rawValue: 1) }
  public static var tcp: ProtocolNumber { ProtocolNumber(rawValue: 6) }
  public static var udp: ProtocolNumber { ProtocolNumber(rawValue: 17) }
}

/// The beginning of a UDP datagram. Source: RFC 768.
public struct UDPHeader: Equatable, Sendable {
  /// Bytes of it.
  public static var size: Int { 8 }

  public var source: UInt16
  public var destination: UInt16
  /// Bytes of payload.
  public var payloadCount: Int

  public init(from source: UInt16, to destination: UInt16, payloadCount: Int) {
    self.source = source
    self.destination = destination
    self.payloadCount = payloadCount
  }

  /// The header of a datagram; nil if it is cut, or its length lies.
  public init?(_ datagram: RawSpan) {
    guard datagram.byteCount >= Self.size else { return nil }
    let count = Int(datagram.big16(4))
    guard count >= Self.size, count <= datagram.byteCount else { return nil }
    self.init(
      from: datagram.big16(0), to: datagram.big16(2), payloadCount: count - Self.size)
  }

  /// Whether the checksum of a datagram is right, or there is none.
  public static func isIntact(
    _ datagram: RawSpan, from source: IPAddress, to destination: IPAddress
  ) -> Bool {
    // IPv4 may do without; IPv6 may not: RFC 8200, section 8.1.
    if datagram.big16(6) == 0 {
      guard case .v4 = source else { return false }
      return true
    }
    let count = Int(datagram.big16(4))
    var checksum = InternetChecksum(
      from: source, to: destination, protocolNumber: ProtocolNumber.udp.rawValue, count: count)
    checksum.add(datagram.extracting(0..<count))
    return checksum.value == 0
  }

  /// Writes a datagram: header, with checksum, and payload. A checksum that is completed later has only the
  /// pseudo-header's sum.
  public func append(
    to packet: inout PacketWriter, _ payload: [UInt8], from sender: IPAddress,
    to receiver: IPAddress, isCompletedLater: Bool
  ) {
    let start = packet.bytes.count
    packet.appendBig16(source)
    packet.appendBig16(destination)
    packet.appendBig16(UInt16(Self.size + payload.count))
    packet.appendBig16(0)
    packet.append(payload)
    var checksum = InternetChecksum(
      from: sender, to: receiver, protocolNumber: ProtocolNumber.udp.rawValue,
      count: Self.size + payload.count)
    if isCompletedLater { return packet.setBig16(checksum.sum, at: start + 6) }
    packet.add(from: start, to: &checksum)
    // 0 says that there is none.
    packet.setBig16(checksum.value == 0 ? 0xFFFF : checksum.value, at: start + 6)
  }
}
