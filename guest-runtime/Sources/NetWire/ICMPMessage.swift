// SPDX-License-Identifier: Apache-2.0

/// A message about the network, for IPv4. Source: RFC 792.
public enum ICMPMessage: Equatable, Sendable {
  /// A ping; identifier, number and data.
  case echoRequest(identifier: UInt16, sequence: UInt16, [UInt8])
  case echoReply(identifier: UInt16, sequence: UInt16, [UInt8])
  /// A packet of ours did not arrive.
  case undelivered(UndeliveredPacket)

  /// The message in a packet; nil if it is cut, its checksum is wrong, or nobody here wants it.
  public init?(_ bytes: RawSpan) {
    guard bytes.byteCount >= 8 else { return nil }
    var checksum = InternetChecksum()
    checksum.add(bytes)
    guard checksum.value == 0 else { return nil }
    let rest = 8..<bytes.byteCount
    switch (bytes.byte(0), bytes.byte(1)) {
    case (8, 0):
      self = .echoRequest(
        identifier: bytes.big16(4), sequence: bytes.big16(6), bytes.array(rest))
    case (0, 0):
      self = .echoReply(identifier: bytes.big16(4), sequence: bytes.big16(6), bytes.array(rest))
    case (3, let code), (11, let code), (12, let code):
      let isUnreachable = bytes.byte(0) == 3
      guard
        let packet = UndeliveredPacket(
          bytes.extracting(rest), isUnreachable ? .unreachable(code) : .other,
          mtu: isUnreachable && code == 4 ? bytes.big16(6) : nil)
      else { return nil }
      self = .undelivered(packet)
    default: return nil
    }
  }

  /// The bytes of a ping, or of the answer to one.
  public static func echo(
    isReply: Bool, identifier: UInt16, sequence: UInt16, _ data: [UInt8]
  ) -> [UInt8] {
    message(isReply ? 0 : 8, code: 0, UInt32(identifier) << 16 | UInt32(sequence), data)
  }

  /// The bytes that say that nobody here wants a packet's protocol, code 2, or its port, code 3. Its header, without
  /// options, and the first eight bytes of its payload are sent back.
  public static func unreachable(code: UInt8, _ header: IPv4Header, _ payload: RawSpan) -> [UInt8] {
    var packet = PacketWriter()
    header.append(to: &packet)
    packet.append(payload.array(0..<min(8, payload.byteCount)))
    return message(3, code: code, 0, packet.bytes)
  }

  private static func message(
    _ type: UInt8, code: UInt8, _ word: UInt32, _ data: [UInt8]
  ) -> [UInt8] {
    var packet = PacketWriter(capacity: 8 + data.count)
    packet.append(type)
    packet.append(code)
    packet.appendBig16(0)
    packet.appendBig32(word)
    packet.append(data)
    var checksum = InternetChecksum()
    checksum.add(packet.bytes)
    packet.setBig16(checksum.value, at: 2)
    return packet.bytes
  }
}

/// A packet that somebody on the way, or its receiver, says was not delivered: anybody can say so.
public struct UndeliveredPacket: Equatable, Sendable {
  public enum Reason: Equatable, Sendable {
    /// With the code of RFC 792: 0 network, 1 host, 2 protocol, 3 port, 4 too big and not to be fragmented. What
    /// RFC 4443 says with others has the one that means the same.
    case unreachable(UInt8)
    /// It was on its way too long, or its header is said to be wrong.
    case other
  }

  public let reason: Reason
  /// How large it may be, in bytes, if it was too big and that is known.
  public var mtu: UInt16?
  public let protocolNumber: ProtocolNumber
  public let source: IPAddress
  public let destination: IPAddress
  /// The first eight bytes of its payload: both ports, and TCP's sequence number or UDP's length.
  public let beginning: (UInt32, UInt32)

  /// What is said of a packet; nil if what came back of it is cut.
  init?(_ packet: RawSpan, _ reason: Reason, mtu: UInt16?) {
    guard packet.byteCount >= IPv4Header.size, packet.byte(0) >> 4 == 4 else { return nil }
    let size = Int(packet.byte(0) & 15) * 4
    guard size >= IPv4Header.size, packet.byteCount >= size + 8 else { return nil }
    self.reason = reason
    self.mtu = mtu
    protocolNumber = ProtocolNumber(rawValue: packet.byte(9))
    source = .v4(packet.ipv4Address(12))
    destination = .v4(packet.ipv4Address(16))
    beginning = (packet.big32(size), packet.big32(size + 4))
  }

  /// What is said of an IPv6 packet, of which the end may be cut; nil if too much is, or it was a later part of a
  /// datagram.
  init?(ipv6 packet: RawSpan, _ reason: Reason, mtu: UInt16?) {
    guard packet.byteCount >= IPv6Header.size, packet.byte(0) >> 4 == 6,
      let extensions = IPv6Extensions(
        packet.extracting(IPv6Header.size..<packet.byteCount),
        ProtocolNumber(rawValue: packet.byte(6)), mayBeHopByHop: true)
    else { return nil }
    let size = IPv6Header.size + extensions.count
    guard extensions.fragmentOffset == 0, packet.byteCount >= size + 8 else { return nil }
    self.reason = reason
    self.mtu = mtu
    protocolNumber = extensions.protocolNumber
    source = .v6(packet.ipv6Address(8))
    destination = .v6(packet.ipv6Address(24))
    beginning = (packet.big32(size), packet.big32(size + 4))
  }

  public static func == (left: Self, right: Self) -> Bool {
    left.reason == right.reason && left.mtu == right.mtu && left.source == right.source
      && left.protocolNumber == right.protocolNumber && left.destination == right.destination
      && left.beginning == right.beginning
  }
}
