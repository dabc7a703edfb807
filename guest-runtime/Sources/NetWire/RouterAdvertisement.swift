// SPDX-License-Identifier: Apache-2.0

/// What a router says of its link. Source: RFC 4861, sections 4.2 and 6.1.2.
public struct RouterAdvertisement: Equatable, Sendable {
  /// Through how many routers packets may go; 0 if it does not say.
  public var hopLimit: UInt8 = 0
  /// For how many seconds it forwards what is for other networks; 0 if it does not.
  public var seconds: UInt16
  public var station: EthernetAddress?
  /// Bytes of a packet at most, if it says so.
  public var mtu: UInt32?
  /// At most eight.
  public var prefixes: [AdvertisedPrefix] = []
  /// At most eight.
  public var nameServers: [AdvertisedNameServer] = []

  public init(seconds: UInt16, station: EthernetAddress? = nil) {
    self.seconds = seconds
    self.station = station
  }

  init?(_ bytes: RawSpan, _ header: IPv6Header) {
    guard header.source.isLinkLocal, bytes.byteCount >= 16,
      let options = NeighbourOptions(bytes, from: 16)
    else { return nil }
    hopLimit = bytes.byte(4)
    seconds = bytes.big16(6)
    station = options.source
    mtu = options.mtu
    prefixes = options.prefixes
    nameServers = options.nameServers
  }

  /// The bytes of the message, whose numbers that hosts may do without are 0.
  public func bytes(from source: IPv6Address, to destination: IPv6Address) -> [UInt8] {
    var packet = PacketWriter()
    packet.appendZeros(8)
    packet.append(NeighbourOptions.bytes(1, station))
    if let mtu {
      packet.append([5, 1, 0, 0])
      packet.appendBig32(mtu)
    }
    for prefix in prefixes { prefix.append(to: &packet) }
    for server in nameServers {
      packet.append([25, 3, 0, 0])
      packet.appendBig32(server.seconds)
      packet.append(server.address)
    }
    return ICMPv6Message.bytes(
      134, UInt32(hopLimit) << 24 | UInt32(seconds), packet.bytes, from: source, to: destination)
  }
}

/// A prefix of a link. Source: RFC 4861, section 4.6.2.
public struct AdvertisedPrefix: Equatable, Sendable {
  public var prefix: IPv6Prefix
  /// Whether its addresses are on the link.
  public var isOnLink: Bool
  /// Whether hosts may make addresses of it.
  public var isForAddresses: Bool
  /// For how many seconds that is so; `UInt32.max` means for ever.
  public var validSeconds: UInt32
  /// For how many seconds such addresses begin conversations.
  public var preferredSeconds: UInt32

  public init(
    _ prefix: IPv6Prefix, isOnLink: Bool = true, isForAddresses: Bool = true,
    validSeconds: UInt32, preferredSeconds: UInt32
  ) {
    self.prefix = prefix
    self.isOnLink = isOnLink
    self.isForAddresses = isForAddresses
    self.validSeconds = validSeconds
    self.preferredSeconds = preferredSeconds
  }

  init?(_ option: RawSpan) {
    let length = Int(option.byte(2))
    guard length <= 128 else { return nil }
    prefix = IPv6Prefix(option.ipv6Address(16), length: length).network
    isOnLink = option.byte(3) & 0x80 != 0
    isForAddresses = option.byte(3) & 0x40 != 0
    validSeconds = option.big32(4)
    preferredSeconds = option.big32(8)
  }

  func append(to packet: inout PacketWriter) {
    packet.append([3, 4, UInt8(prefix.length)])
    packet.append((isOnLink ? 0x80 : 0) | (isForAddresses ? 0x40 : 0))
    packet.appendBig32(validSeconds)
    packet.appendBig32(preferredSeconds)
    packet.appendBig32(0)
    packet.append(prefix.address)
  }
}

/// A server of names that a router knows. Source: RFC 8106, section 5.1.
public struct AdvertisedNameServer: Equatable, Sendable {
  public var address: IPv6Address
  /// For how many seconds it may be asked; 0 for no more, `UInt32.max` for ever.
  public var seconds: UInt32

  public init(_ address: IPv6Address, seconds: UInt32) {
    self.address = address
    self.seconds = seconds
  }
}
