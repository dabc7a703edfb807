// SPDX-License-Identifier: Apache-2.0

import NetStack
import NetWire
import Testing

@Suite struct PingTests {
  /// A ping of some size as frames of a link, and what comes back.
  private func ping(_ count: Int, mtu: Int, isReversed: Bool = false) throws -> [UInt8]? {
    let host = Host(2, mtu: mtu)
    _ = host.frames()
    let peer = EthernetAddress(rawValue: 0x0016_3E00_0001)
    let data = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) }
    let message = ICMPMessage.echo(isReply: false, identifier: 5, sequence: 6, data)
    let step = (mtu - 20) / 8 * 8
    var frames: [[UInt8]] = []
    for offset in stride(from: 0, to: message.count, by: step) {
      let end = min(offset + step, message.count)
      var header = IPv4Header(
        from: Host.address(1), to: Host.address(2), .icmp, payloadCount: end - offset)
      header.identification = 77
      header.fragmentOffset = offset
      header.hasMoreFragments = end < message.count
      frames.append(
        TestFrame.ipv4(header, Array(message[offset..<end]), from: peer, to: host.station))
    }
    for frame in isReversed ? frames.reversed() : frames { host.receive(frame) }
    // It asks for our station.
    _ = host.frames()
    host.receive(
      TestFrame.arp(
        ARPPacket(.reply, from: peer, Host.address(1), to: host.station, Host.address(2)),
        to: host.station))
    for frame in isReversed ? frames.reversed() : frames { host.receive(frame) }
    var reply = [UInt8]()
    for frame in host.frames() {
      #expect(frame.count <= mtu + 14)
      guard let (header, payload) = TestFrame.content(frame), header.fragmentOffset == reply.count
      else { continue }
      reply += payload
      if !header.hasMoreFragments { break }
    }
    guard case .echoReply(5, 6, let back)? = ICMPMessage(reply.span.bytes) else { return nil }
    return back == data ? back : nil
  }

  @Test(arguments: [0, 1, 7, 8, 56, 1471, 1472, 1473, 1480, 2952, 4000, 9000, 32_768, 65_507])
  func everySizeIsAnswered(count: Int) throws {
    #expect(try ping(count, mtu: 1500)?.count == count)
    #expect(try ping(count, mtu: 1500, isReversed: true)?.count == count)
    // Parts of less than the link carries, for they are multiples of eight.
    #expect(try ping(count, mtu: 1001)?.count == count)
  }

  @Test(arguments: Array(stride(from: 0, to: 700, by: 13)))
  func smallLinksCarryLargePings(count: Int) throws {
    #expect(try ping(count, mtu: 68)?.count == count)
  }

  @Test func aPingToAllIsNotAnswered() {
    let host = Host(2)
    _ = host.frames()
    let message = ICMPMessage.echo(isReply: false, identifier: 5, sequence: 6, [1])
    for destination in [
      IPv4Address.broadcast, IPv4Address(10, 0, 0, 255), IPv4Address(224, 0, 0, 1),
    ] {
      let header = IPv4Header(
        from: Host.address(1), to: destination, .icmp, payloadCount: message.count)
      host.receive(
        TestFrame.ipv4(
          header, message, from: EthernetAddress(rawValue: 0x0016_3E00_0001), to: .broadcast))
    }
    #expect(host.frames().isEmpty)
  }
}
