// SPDX-License-Identifier: Apache-2.0

/// A message about the network, for IPv6. Sources: RFC 4443, and RFC 4861 for those between neighbours.
public enum ICMPv6Message: Equatable, Sendable {
  /// A ping; identifier, number and data.
  case echoRequest(identifier: UInt16, sequence: UInt16, [UInt8])
  case echoReply(identifier: UInt16, sequence: UInt16, [UInt8])
  /// A packet of ours did not arrive.
  case undelivered(UndeliveredPacket)
  /// A host asks for routers; its station, if it says that.
  case routerSolicitation(EthernetAddress?)
  case routerAdvertisement(RouterAdvertisement)
  case neighbourSolicitation(NeighbourSolicitation)
  case neighbourAdvertisement(NeighbourAdvertisement)
  /// Somebody asks which groups are listened to, and waits for so many milliseconds. Source: RFC 3810, section 5.1.
  case groupQuery(milliseconds: UInt32)

  /// The message in a packet; nil if it is cut, its checksum is wrong, nobody here wants it, or it is one between
  /// neighbours that may be from elsewhere, or is wrong by RFC 4861, sections 6.1 and 7.1.
  ///
  /// - Parameters:
  ///   - bytes: of the message, all of them.
  ///   - header: of the packet.
  public init?(_ bytes: RawSpan, _ header: IPv6Header) {
    guard bytes.byteCount >= 8 else { return nil }
    var checksum = InternetChecksum(
      from: .v6(header.source), to: .v6(header.destination),
      protocolNumber: ProtocolNumber.icmpV6.rawValue, count: bytes.byteCount)
    checksum.add(bytes)
    guard checksum.value == 0 else { return nil }
    let type = bytes.byte(0)
    let code = bytes.byte(1)
    let rest = 8..<bytes.byteCount
    switch type {
    case 1...4:
      let reason = Self.reason(type, code, bytes.big32(4))
      let mtu = type == 2 ? UInt16(clamping: bytes.big32(4)) : nil
      guard let packet = UndeliveredPacket(ipv6: bytes.extracting(rest), reason, mtu: mtu) else {
        return nil
      }
      self = .undelivered(packet)
    case 128 where code == 0:
      self = .echoRequest(
        identifier: bytes.big16(4), sequence: bytes.big16(6), bytes.array(rest))
    case 129 where code == 0:
      self = .echoReply(identifier: bytes.big16(4), sequence: bytes.big16(6), bytes.array(rest))
    case 130:
      guard bytes.byteCount >= 24, header.source.isLinkLocal, header.hopLimit == 1 else {
        return nil
      }
      self = .groupQuery(milliseconds: Self.delay(bytes.big16(4)))
    default:
      // A router would have made the limit smaller: who sends with 255 is on this link.
      guard code == 0, header.hopLimit == 255,
        let message = ICMPv6Message(ofNeighbour: bytes, type, header)
      else { return nil }
      self = message
    }
  }

  private init?(ofNeighbour bytes: RawSpan, _ type: UInt8, _ header: IPv6Header) {
    switch type {
    case 133:
      guard let options = NeighbourOptions(bytes, from: 8) else { return nil }
      if header.source.isUnspecified { guard options.source == nil else { return nil } }
      self = .routerSolicitation(options.source)
    case 134:
      guard let message = RouterAdvertisement(bytes, header) else { return nil }
      self = .routerAdvertisement(message)
    case 135:
      guard let message = NeighbourSolicitation(bytes, header) else { return nil }
      self = .neighbourSolicitation(message)
    case 136:
      guard let message = NeighbourAdvertisement(bytes, header) else { return nil }
      self = .neighbourAdvertisement(message)
    default: return nil
    }
  }

  /// What is said of a packet, with the codes of RFC 792.
  private static func reason(
    _ type: UInt8, _ code: UInt8, _ word: UInt32
  ) -> UndeliveredPacket.Reason {
    switch (type, code) {
    case (1, 0), (1, 2): .unreachable(0)
    case (1, 3): .unreachable(1)
    case (1, 4): .unreachable(3)
    case (1, _): .unreachable(13)
    case (2, _): .unreachable(4)
    case (4, 1): .unreachable(2)
    default: .other
    }
  }

  /// What the code of a query's longest delay means. Source: RFC 3810, section 5.1.3.
  private static func delay(_ code: UInt16) -> UInt32 {
    guard code >= 0x8000 else { return UInt32(code) }
    return (UInt32(code) & 0xFFF | 0x1000) << (UInt32(code) >> 12 & 7 + 3)
  }

  // MARK: Writing

  /// The bytes of a message.
  ///
  /// - Parameters:
  ///   - type: of RFC 4443, section 2.1.
  ///   - code: what it is about.
  ///   - word: the four bytes behind the checksum.
  ///   - data: what follows.
  ///   - source: whose packet it becomes.
  ///   - destination: for whom.
  /// - Returns: the bytes, with their checksum.
  static func bytes(
    _ type: UInt8, code: UInt8 = 0, _ word: UInt32, _ data: [UInt8], from source: IPv6Address,
    to destination: IPv6Address
  ) -> [UInt8] {
    var packet = PacketWriter(capacity: 8 + data.count)
    packet.append(type)
    packet.append(code)
    packet.appendBig16(0)
    packet.appendBig32(word)
    packet.append(data)
    var checksum = InternetChecksum(
      from: .v6(source), to: .v6(destination), protocolNumber: ProtocolNumber.icmpV6.rawValue,
      count: packet.bytes.count)
    checksum.add(packet.bytes)
    packet.setBig16(checksum.value, at: 2)
    return packet.bytes
  }

  /// The bytes of a ping, or of the answer to one.
  public static func echo(
    isReply: Bool, identifier: UInt16, sequence: UInt16, _ data: [UInt8],
    from source: IPv6Address, to destination: IPv6Address
  ) -> [UInt8] {
    bytes(
      isReply ? 129 : 128, UInt32(identifier) << 16 | UInt32(sequence), data, from: source,
      to: destination)
  }

  /// The bytes that ask for routers.
  public static func routerSolicitation(
    from source: IPv6Address, _ station: EthernetAddress?
  ) -> [UInt8] {
    bytes(133, 0, NeighbourOptions.bytes(1, station), from: source, to: .allRouters)
  }

  /// The bytes that say that a packet cannot be taken: nobody here has its port, or its protocol. Its header, without
  /// extensions, is sent back, and as much of its payload as surely arrives.
  ///
  /// - Parameters:
  ///   - isPort: whether it is the port, type 1 and code 4; else the protocol, type 4 and code 1.
  ///   - header: of the packet.
  ///   - payload: of it.
  ///   - source: who says it.
  /// - Returns: the bytes.
  public static func refusal(
    isPort: Bool, _ header: IPv6Header, _ payload: RawSpan, from source: IPv6Address
  ) -> [UInt8] {
    var header = header
    header.hasMoreFragments = false
    header.fragmentOffset = 0
    var packet = PacketWriter()
    header.append(to: &packet)
    let room = IPv6Header.leastMTU - 2 * IPv6Header.size - 8
    packet.append(payload.array(0..<min(room, payload.byteCount)))
    // The sixth byte says what an IPv6 packet carries.
    return bytes(
      isPort ? 1 : 4, code: isPort ? 4 : 1, isPort ? 0 : 6, packet.bytes, from: source,
      to: header.source)
  }

  /// The bytes of options for each router and of a report, version 2, behind IPv6's header: a host listens to groups
  /// from now on, whoever sends to them. Sources: RFC 3810, sections 5 and 5.2, and RFC 2711.
  public static func groupReport(_ groups: [IPv6Address], from source: IPv6Address) -> [UInt8] {
    var records = PacketWriter(capacity: groups.count * 20)
    for group in groups {
      // Change to a list of senders who are not wanted, of whom there are none.
      records.append([4, 0, 0, 0])
      records.append(group)
    }
    // Router alert, value 0, and padding.
    return [ProtocolNumber.icmpV6.rawValue, 0, 5, 2, 0, 0, 1, 0]
      + bytes(143, UInt32(groups.count), records.bytes, from: source, to: .groupRouters)
  }
}
