// SPDX-License-Identifier: Apache-2.0

/// What a client asks of a DHCP server. Source: RFC 2131 and RFC 2132.
public struct DHCPRequest: Equatable, Sendable {
  public var type: DHCPMessageType
  /// By which the answer is known.
  public var transaction: UInt32
  /// Since when the client has no answer, in seconds.
  public var seconds: UInt16 = 0
  public var hardware: EthernetAddress
  /// The address that the client uses already.
  public var current = IPv4Address.unspecified
  /// The address that it wants.
  public var requested: IPv4Address?
  /// The server that it means.
  public var server: IPv4Address?

  public init(_ type: DHCPMessageType, transaction: UInt32, hardware: EthernetAddress) {
    self.type = type
    self.transaction = transaction
    self.hardware = hardware
  }

  /// The bytes of the message.
  public var bytes: [UInt8] {
    var packet = PacketWriter(capacity: 300)
    packet.append([1, 1, 6, 0])
    packet.appendBig32(transaction)
    packet.appendBig16(seconds)
    packet.appendBig16(0)
    packet.append(current)
    packet.appendZeros(12)
    packet.append(hardware)
    packet.appendZeros(10 + 64 + 128)
    packet.appendBig32(DHCPReply.cookie)
    packet.append([DHCPOption.type, 1, type.rawValue])
    if let requested { append(DHCPOption.requested, requested, to: &packet) }
    if let server { append(DHCPOption.server, server, to: &packet) }
    if type == .discover || type == .request {
      let wanted = [
        DHCPOption.mask, DHCPOption.router, DHCPOption.nameServers, DHCPOption.mtu,
        DHCPOption.lease, DHCPOption.renewal, DHCPOption.rebinding,
      ]
      packet.append([DHCPOption.wanted, UInt8(wanted.count)] + wanted)
    }
    packet.append(DHCPOption.end)
    // Servers of old drop what is shorter.
    packet.appendZeros(max(0, 300 - packet.bytes.count))
    return packet.bytes
  }

  private func append(_ option: UInt8, _ address: IPv4Address, to packet: inout PacketWriter) {
    packet.append([option, 4])
    packet.append(address)
  }
}

/// What a DHCP server answers.
public struct DHCPReply: Equatable, Sendable {
  static var cookie: UInt32 { 0x6382_5363 }

  public private(set) var type = DHCPMessageType.refuse
  public let transaction: UInt32
  public let hardware: EthernetAddress
  /// The address that is offered or given.
  public let address: IPv4Address
  public private(set) var server: IPv4Address?
  public private(set) var mask: IPv4Address?
  public private(set) var router: IPv4Address?
  /// At most three.
  public private(set) var nameServers: [IPv4Address] = []
  public private(set) var mtu: UInt16?
  /// For how many seconds the address is given; `UInt32.max` means for ever.
  public private(set) var lease: UInt32?
  /// After how many seconds to ask this server again.
  public private(set) var renewal: UInt32?
  /// After how many seconds to ask any server.
  public private(set) var rebinding: UInt32?

  /// The answer in a datagram; nil if it is cut, is none, or an option's length is wrong.
  public init?(_ bytes: RawSpan) {
    guard bytes.byteCount >= 240, bytes.byte(0) == 2, bytes.byte(1) == 1, bytes.byte(2) == 6,
      bytes.big32(236) == Self.cookie
    else { return nil }
    transaction = bytes.big32(4)
    address = bytes.ipv4Address(16)
    hardware = bytes.ethernetAddress(28)
    var found: DHCPMessageType?
    var offset = 240
    while offset < bytes.byteCount, bytes.byte(offset) != DHCPOption.end {
      let option = bytes.byte(offset)
      offset += 1
      if option == DHCPOption.padding { continue }
      guard offset < bytes.byteCount else { return nil }
      let start = offset + 1
      let count = Int(bytes.byte(offset))
      guard start + count <= bytes.byteCount else { return nil }
      if option == DHCPOption.type {
        guard count == 1 else { return nil }
        found = DHCPMessageType(rawValue: bytes.byte(start))
      } else {
        guard take(option, bytes.extracting(start..<(start + count))) else { return nil }
      }
      offset = start + count
    }
    guard let found else { return nil }
    type = found
  }

  /// Takes an option that is not the type; false if its length is wrong.
  private mutating func take(_ option: UInt8, _ value: RawSpan) -> Bool {
    let count = value.byteCount
    switch option {
    case DHCPOption.mask, DHCPOption.server, DHCPOption.lease, DHCPOption.renewal,
      DHCPOption.rebinding:
      guard count == 4 else { return false }
    case DHCPOption.router, DHCPOption.nameServers:
      guard count >= 4, count % 4 == 0 else { return false }
    case DHCPOption.mtu:
      guard count == 2 else { return false }
    default: return true
    }
    switch option {
    case DHCPOption.mask: mask = value.ipv4Address(0)
    case DHCPOption.server: server = value.ipv4Address(0)
    case DHCPOption.router: router = value.ipv4Address(0)
    case DHCPOption.lease: lease = value.big32(0)
    case DHCPOption.renewal: renewal = value.big32(0)
    case DHCPOption.rebinding: rebinding = value.big32(0)
    case DHCPOption.mtu: mtu = value.big16(0)
    default:
      nameServers = []
      for place in 0..<min(3, count / 4) { nameServers.append(value.ipv4Address(place * 4)) }
    }
    return true
  }
}

/// What a DHCP message is for.
public enum DHCPMessageType: UInt8, Sendable {
  case discover = 1
  case offer = 2
  case request = 3
  case decline = 4
  case acknowledge = 5
  case refuse = 6
  case release = 7
  case inform = 8
}

/// The numbers of options.
private enum DHCPOption {
  static var padding: UInt8 { 0 }
  static var mask: UInt8 { 1 }
  static var router: UInt8 { 3 }
  static var nameServers: UInt8 { 6 }
  static var mtu: UInt8 { 26 }
  static var requested: UInt8 { 50 }
  static var lease: UInt8 { 51 }
  static var type: UInt8 { 53 }
  static var server: UInt8 { 54 }
  static var wanted: UInt8 { 55 }
  static var renewal: UInt8 { 58 }
  static var rebinding: UInt8 { 59 }
  static var end: UInt8 { 255 }
}
