// SPDX-License-Identifier: Apache-2.0

/// A question for the station that has an IPv6 address. Source: RFC 4861, sections 4.3 and 7.1.1.
public struct NeighbourSolicitation: Equatable, Sendable {
  /// The type of the message.
  static var type: UInt8 { 135 }

  public var target: IPv6Address
  /// The station that asks, if it says that; not while it has no address.
  public var station: EthernetAddress?

  public init(for target: IPv6Address, from station: EthernetAddress?) {
    self.target = target
    self.station = station
  }

  init?(_ bytes: RawSpan, _ header: IPv6Header) {
    guard bytes.byteCount >= 24, let options = NeighbourOptions(bytes, from: 24) else {
      return nil
    }
    target = bytes.ipv6Address(8)
    station = options.source
    guard !target.isMulticast else { return nil }
    guard header.source.isUnspecified else { return }
    guard header.destination == target.solicitedNodeGroup, station == nil else { return nil }
  }

  /// The bytes of the message.
  public func bytes(from source: IPv6Address, to destination: IPv6Address) -> [UInt8] {
    var packet = PacketWriter()
    packet.append(target)
    packet.append(NeighbourOptions.bytes(1, station))
    return ICMPv6Message.bytes(Self.type, 0, packet.bytes, from: source, to: destination)
  }
}

/// The answer: which station has an IPv6 address. Source: RFC 4861, sections 4.4 and 7.1.2.
public struct NeighbourAdvertisement: Equatable, Sendable {
  static var type: UInt8 { 136 }

  public var target: IPv6Address
  /// The station that has it; an answer to a single host may leave that out.
  public var station: EthernetAddress?
  public var isRouter = false
  /// Whether somebody asked.
  public var isSolicited: Bool
  /// Whether what is known already is to change.
  public var overrides: Bool

  public init(
    of target: IPv6Address, at station: EthernetAddress?, isSolicited: Bool, overrides: Bool = true
  ) {
    self.target = target
    self.station = station
    self.isSolicited = isSolicited
    self.overrides = overrides
  }

  init?(_ bytes: RawSpan, _ header: IPv6Header) {
    guard bytes.byteCount >= 24, let options = NeighbourOptions(bytes, from: 24) else {
      return nil
    }
    let flags = bytes.byte(4)
    isRouter = flags & 0x80 != 0
    isSolicited = flags & 0x40 != 0
    overrides = flags & 0x20 != 0
    target = bytes.ipv6Address(8)
    station = options.target
    guard !target.isMulticast, !(header.destination.isMulticast && isSolicited) else { return nil }
  }

  /// The bytes of the message.
  public func bytes(from source: IPv6Address, to destination: IPv6Address) -> [UInt8] {
    var packet = PacketWriter()
    packet.append(target)
    packet.append(NeighbourOptions.bytes(2, station))
    let flags: UInt32 =
      (isRouter ? 1 << 31 : 0) | (isSolicited ? 1 << 30 : 0) | (overrides ? 1 << 29 : 0)
    return ICMPv6Message.bytes(Self.type, flags, packet.bytes, from: source, to: destination)
  }
}

/// What follows messages between neighbours. Source: RFC 4861, section 4.6, and RFC 8106, section 5.1.
struct NeighbourOptions {
  /// Prefixes, and name servers, that are taken of one message.
  static var limit: Int { 8 }

  private(set) var source: EthernetAddress?
  private(set) var target: EthernetAddress?
  private(set) var mtu: UInt32?
  private(set) var prefixes: [AdvertisedPrefix] = []
  private(set) var nameServers: [AdvertisedNameServer] = []

  /// The options from an offset to the end; nil if one is cut, or has no length. What has an odd length for its
  /// kind, or a kind that nobody here knows, is skipped.
  init?(_ bytes: RawSpan, from start: Int) {
    var offset = start
    while offset < bytes.byteCount {
      guard offset + 8 <= bytes.byteCount else { return nil }
      let count = Int(bytes.byte(offset + 1)) * 8
      guard count > 0, offset + count <= bytes.byteCount else { return nil }
      take(bytes.byte(offset), bytes.extracting(offset..<(offset + count)))
      offset += count
    }
  }

  private mutating func take(_ type: UInt8, _ option: RawSpan) {
    switch (type, option.byteCount) {
    case (1, 8): source = station(option)
    case (2, 8): target = station(option)
    case (3, 32):
      guard prefixes.count < Self.limit, let prefix = AdvertisedPrefix(option) else { return }
      prefixes.append(prefix)
    case (5, 8): mtu = option.big32(4)
    case (25, 24...):
      let seconds = option.big32(4)
      for place in 0..<((option.byteCount - 8) / 16) where nameServers.count < Self.limit {
        let address = option.ipv6Address(8 + place * 16)
        guard address.isUsable else { continue }
        nameServers.append(AdvertisedNameServer(address, seconds: seconds))
      }
    default: break
    }
  }

  /// A station; nobody has the address of a group.
  private func station(_ option: RawSpan) -> EthernetAddress? {
    let address = option.ethernetAddress(2)
    return address.isMulticast ? nil : address
  }

  /// The bytes that say a station, of whom asks, type 1, or of whom it is about, type 2; none for no station.
  static func bytes(_ type: UInt8, _ station: EthernetAddress?) -> [UInt8] {
    guard let station else { return [] }
    var packet = PacketWriter(capacity: 8)
    packet.append([type, 1])
    packet.append(station)
    return packet.bytes
  }
}
