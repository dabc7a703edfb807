// SPDX-License-Identifier: Apache-2.0

import NetStack
import NetWire
import XenFrontends

/// A stack, and a link whose frames a test sees.
final class Host {
  let stack: NetStack
  let station: EthernetAddress
  var now = SystemTime(rawValue: 0)

  /// Unless it `isNew`, its address has been there for a while.
  init(
    _ number: UInt8, mtu: Int = 1500, completesChecksums: Bool = false, isConfigured: Bool = true,
    isNew: Bool = false
  ) {
    station = EthernetAddress(rawValue: 0x0016_3E00_0000 | UInt64(number))
    stack = NetStack(
      NetStack.Link(station, mtu: mtu, completesChecksums: completesChecksums),
      secret: (UInt64(number), 42))
    guard isConfigured else { return }
    stack.configure(
      IPv4Configuration(
        IPv4Prefix(Host.address(number), length: 24), gateway: Host.address(1),
        nameServers: [Host.address(1)]), now: now)
    while !isNew, let deadline = stack.deadline {
      _ = frames()
      now = max(now, deadline)
    }
    if !isNew { wait(4000) }
  }

  static func address(_ number: UInt8) -> IPv4Address { IPv4Address(10, 0, 0, number) }

  /// All frames that are to be sent now.
  func frames() -> [[UInt8]] {
    var frames: [[UInt8]] = []
    while let frame = stack.nextFrame(now: now) {
      var bytes = [UInt8](repeating: 0xEE, count: frame.count)
      // In parts, as a driver copies to pages.
      let middle = frame.count / 3
      var span = bytes.mutableSpan
      var whole = span.mutableBytes
      var first = whole._mutatingExtracting(0..<middle)
      frame.copy(from: 0, into: &first)
      var second = whole._mutatingExtracting(middle..<frame.count)
      frame.copy(from: middle, into: &second)
      frames.append(bytes)
    }
    return frames
  }

  func receive(_ frame: [UInt8], isVerified: Bool = false) {
    stack.receive(frame.span.bytes, isVerified: isVerified, now: now)
  }

  func wait(_ milliseconds: UInt64) { now = now.advanced(byMilliseconds: milliseconds) }

  /// Carries frames both ways until both are silent.
  ///
  /// - Returns: How many there were.
  @discardableResult static func exchange(_ one: Host, _ other: Host) -> Int {
    var count = 0
    while true {
      let (there, back) = (one.frames(), other.frames())
      guard !there.isEmpty || !back.isEmpty else { return count }
      for frame in there { other.receive(frame) }
      for frame in back { one.receive(frame) }
      count += there.count + back.count
    }
  }
}

/// A frame that a test makes.
enum TestFrame {
  static func arp(_ packet: ARPPacket, to station: EthernetAddress = .broadcast) -> [UInt8] {
    var writer = PacketWriter()
    EthernetHeader(to: station, from: packet.sender, .arp).append(to: &writer)
    packet.append(to: &writer)
    return writer.bytes
  }

  static func ipv4(
    _ header: IPv4Header, _ payload: [UInt8], from source: EthernetAddress,
    to station: EthernetAddress
  ) -> [UInt8] {
    var writer = PacketWriter()
    EthernetHeader(to: station, from: source, .ipv4).append(to: &writer)
    header.append(to: &writer)
    writer.append(payload)
    return writer.bytes
  }

  static func udp(
    _ payload: [UInt8], from sender: (IPv4Address, UInt16), to receiver: (IPv4Address, UInt16),
    station: EthernetAddress, source: EthernetAddress = EthernetAddress(rawValue: 0x0016_3E00_0001)
  ) -> [UInt8] {
    var writer = PacketWriter()
    UDPHeader(from: sender.1, to: receiver.1, payloadCount: payload.count).append(
      to: &writer, payload, from: .v4(sender.0), to: .v4(receiver.0), isCompletedLater: false)
    let header = IPv4Header(
      from: sender.0, to: receiver.0, .udp, payloadCount: writer.bytes.count)
    return ipv4(header, writer.bytes, from: source, to: station)
  }

  /// The IPv4 header and payload of a frame.
  static func content(_ frame: [UInt8]) -> (IPv4Header, [UInt8])? {
    let packet = Array(frame.dropFirst(14))
    guard EthernetHeader(frame.span.bytes)?.type == .ipv4,
      let header = IPv4Header(packet.span.bytes)
    else { return nil }
    return (header, Array(packet[header.size..<(header.size + header.payloadCount)]))
  }

  static func arp(of frame: [UInt8]) -> ARPPacket? {
    guard EthernetHeader(frame.span.bytes)?.type == .arp else { return nil }
    return ARPPacket(Array(frame.dropFirst(14)).span.bytes)
  }
}
