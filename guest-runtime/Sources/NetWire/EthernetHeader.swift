// SPDX-License-Identifier: Apache-2.0

/// The beginning of a frame. Source: IEEE 802.3.
public struct EthernetHeader: Equatable, Sendable {
  /// Bytes of it.
  public static var size: Int { 14 }

  public var destination: EthernetAddress
  public var source: EthernetAddress
  public var type: EtherType

  public init(to destination: EthernetAddress, from source: EthernetAddress, _ type: EtherType) {
    self.destination = destination
    self.source = source
    self.type = type
  }

  /// The header of a frame; nil if it is too short for one.
  public init?(_ frame: RawSpan) {
    guard frame.byteCount >= Self.size else { return nil }
    destination = frame.ethernetAddress(0)
    source = frame.ethernetAddress(6)
    type = EtherType(rawValue: frame.big16(12))
  }

  /// Writes it.
  public func append(to packet: inout PacketWriter) {
    packet.append(destination)
    packet.append(source)
    packet.appendBig16(type.rawValue)
  }
}

/// What a frame carries.
public struct EtherType: RawRepresentable, Equatable, Sendable {
  public let rawValue: UInt16

  public init(rawValue: UInt16) { self.rawValue = rawValue }

  public static var ipv4: EtherType { EtherType(rawValue: 0x0800) }
  public static var arp: EtherType { EtherType(rawValue: 0x0806) }
  public static var ipv6: EtherType { EtherType(rawValue: 0x86DD) }
}

/// A question for the station that has an IPv4 address, or the answer. Source: RFC 826.
public struct ARPPacket: Equatable, Sendable {
  public enum Operation: UInt16, Sendable {
    case request = 1
    case reply = 2
  }

  public var operation: Operation
  public var sender: EthernetAddress
  public var senderAddress: IPv4Address
  public var target: EthernetAddress
  public var targetAddress: IPv4Address

  public init(
    _ operation: Operation, from sender: EthernetAddress, _ senderAddress: IPv4Address,
    to target: EthernetAddress, _ targetAddress: IPv4Address
  ) {
    self.operation = operation
    self.sender = sender
    self.senderAddress = senderAddress
    self.target = target
    self.targetAddress = targetAddress
  }

  /// The packet in a frame; nil if it is cut, or not about Ethernet and IPv4.
  public init?(_ bytes: RawSpan) {
    guard bytes.byteCount >= 28, bytes.big16(0) == 1, bytes.big16(2) == EtherType.ipv4.rawValue,
      bytes.big16(4) == 0x0604, let operation = Operation(rawValue: bytes.big16(6))
    else { return nil }
    self.init(
      operation, from: bytes.ethernetAddress(8), bytes.ipv4Address(14),
      to: bytes.ethernetAddress(18), bytes.ipv4Address(24))
  }

  /// Writes it.
  public func append(to packet: inout PacketWriter) {
    packet.appendBig16(1)
    packet.appendBig16(EtherType.ipv4.rawValue)
    packet.appendBig16(0x0604)
    packet.appendBig16(operation.rawValue)
    packet.append(sender)
    packet.append(senderAddress)
    packet.append(target)
    packet.append(targetAddress)
  }
}
