// SPDX-License-Identifier: Apache-2.0

import NetIPv6
import NetStack
import NetTCP
import NetWire
import Testing
import XenFrontends

/// Frames that no honest station sends: none stops the layer, and none makes it grow.
@Suite struct HostilityTests {
  private let wire = Wire()
  private let node: Node

  init() throws {
    node = wire.add(2)
    wire.run(20_000)
    _ = try node.stack.openPort(1000)
    _ = try node.tcp.listen(on: 80, backlog: 4)
    node.sent = []
  }

  /// Frames that are all right.
  private var samples: [[UInt8]] {
    let (peer, near) = (Frame.routerAddress, node.near)
    var advertisement = RouterAdvertisement(seconds: 1800, station: Frame.router)
    advertisement.mtu = 1400
    advertisement.prefixes = [
      AdvertisedPrefix(prefix("2001:db8::/64"), validSeconds: 9000, preferredSeconds: 9000)
    ]
    advertisement.nameServers = [AdvertisedNameServer(peer, seconds: 1000)]
    let datagram = Frame.udp([1, 2, 3], from: (peer, 9), to: (near, 1000))
    var part = IPv6Header(from: peer, to: near, .udp, payloadCount: 16)
    part.hasMoreFragments = true
    part.identification = 5
    var tcp = PacketWriter()
    tcp.append([0, 9, 0, 80, 0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 1, 0, 0, 0, 0, 0])
    var checksum = InternetChecksum(
      from: .v6(peer), to: .v6(near), protocolNumber: 6, count: tcp.bytes.count)
    checksum.add(tcp.bytes)
    tcp.setBig16(checksum.value, at: 16)
    func header(_ number: ProtocolNumber, _ count: Int) -> IPv6Header {
      IPv6Header(from: peer, to: near, number, payloadCount: count)
    }
    let group = near.solicitedNodeGroup
    let lost = IPv6Header(from: near, to: peer, .udp, payloadCount: 8)
    return [
      Frame.advertisement(advertisement),
      Frame.icmp(
        NeighbourSolicitation(for: near, from: Frame.router).bytes(from: peer, to: group),
        to: group),
      Frame.icmp(
        NeighbourAdvertisement(of: peer, at: Frame.router, isSolicited: true)
          .bytes(from: peer, to: near), to: near, station: node.station),
      Frame.icmp(
        ICMPv6Message.echo(
          isReply: false, identifier: 1, sequence: 2, [1, 2], from: peer, to: near),
        to: near, station: node.station),
      Frame.icmp(
        ICMPv6Message.refusal(isPort: true, lost, datagram.span.bytes, from: peer), to: near,
        station: node.station),
      Frame.ipv6(header(.udp, datagram.count), datagram, to: node.station),
      Frame.ipv6(part, [UInt8](repeating: 1, count: 16), to: node.station),
      Frame.ipv6(header(.tcp, 20), tcp.bytes, to: node.station),
      // Options for each router and for the receiver, a route that has ended, and nothing.
      Frame.ipv6(
        header(.hopByHop, 24),
        [60, 0, 1, 4, 0, 0, 0, 0, 43, 0, 1, 4, 0, 0, 0, 0, 59, 0, 0, 0, 0, 0, 0, 0],
        to: node.station),
    ]
  }

  @Test func framesThatAreCutAnywhere() {
    for sample in samples {
      for count in 0..<sample.count {
        wire.carry(Array(sample[..<count]))
        wire.carry(Array(sample[..<count]), isVerified: true)
        #expect(node.frames(wire.now).count <= 2)
      }
    }
  }

  @Test(arguments: 1...4) func framesWithWrongBits(seed: UInt64) {
    var numbers = SecretNumbers(secret: (seed, 3))
    let samples = samples
    for _ in 0..<5000 {
      var frame = samples[Int(numbers.next(below: UInt32(samples.count)))]
      for _ in 0...numbers.next(below: 4) {
        frame[Int(numbers.next(below: UInt32(frame.count)))] ^= UInt8(1 << numbers.next(below: 8))
      }
      if numbers.next(below: 4) == 0 {
        frame.removeLast(Int(numbers.next(below: UInt32(frame.count))))
      }
      if numbers.next(below: 2) == 0 { repair(&frame) }
      wire.carry(frame, isVerified: numbers.next(below: 2) == 0)
      if numbers.next(below: 10) == 0 {
        wire.now = wire.now.advanced(byMilliseconds: UInt64(numbers.next(below: 3000)))
      }
      #expect(node.frames(wire.now).count <= 64)
      expectBounds()
    }
  }

  /// Makes the lengths and the checksum of ICMP right, so that what is behind them is looked at.
  private func repair(_ frame: inout [UInt8]) {
    guard frame.count >= 58 else { return }
    let count = frame.count - 54
    (frame[18], frame[19]) = (UInt8(count >> 8), UInt8(count & 255))
    guard frame[20] == 58 else { return }
    (frame[56], frame[57]) = (0, 0)
    let packet = frame
    var checksum = InternetChecksum(
      from: .v6(packet.span.bytes.ipv6Address(22)), to: .v6(packet.span.bytes.ipv6Address(38)),
      protocolNumber: 58, count: count)
    checksum.add(Array(frame[54...]))
    (frame[56], frame[57]) = (UInt8(checksum.value >> 8), UInt8(checksum.value & 255))
  }

  private func expectBounds() {
    #expect(node.layer.addresses.count <= 8 && node.layer.routers.count <= 4)
    #expect(node.layer.nameServers.count <= 3 && node.layer.neighbourCount <= 64)
  }

  @Test func floodsAreBounded() {
    for number in 0..<4096 as Range<UInt64> {
      let router = IPv6Address(high: 0xFE80_0000_0000_0000, low: 0x1000 + number)
      let network = IPv6Address(high: 0x2001_0DB8_0000_0000 + number, low: 0)
      var message = RouterAdvertisement(
        seconds: 1800, station: EthernetAddress(rawValue: 0x0016_3E01_0000 + number))
      message.prefixes = [
        AdvertisedPrefix(
          IPv6Prefix(network, length: 64), validSeconds: .max, preferredSeconds: .max)
      ]
      message.nameServers = [AdvertisedNameServer(router, seconds: .max)]
      wire.carry(Frame.advertisement(message, from: router))
      let question = NeighbourSolicitation(for: node.near, from: message.station)
      wire.carry(
        Frame.icmp(
          question.bytes(from: router, to: node.near), from: router, to: node.near,
          station: node.station))
      _ = node.frames(wire.now)
      expectBounds()
    }
    wire.run(5000)
    expectBounds()
    #expect(node.layer.neighbourCount == 64 && node.layer.routers.count == 4)
    #expect(node.layer.addresses.allSatisfy { $0.state == .assigned })
  }

  @Test func whatIsAskedForWithoutEndIsBounded() throws {
    let port = try node.stack.openPort()
    for number in 0..<4096 as Range<UInt64> {
      let receiver = IPv6Address(high: 0xFE80_0000_0000_0000, low: 0x1000 + number)
      try node.stack.send(
        [UInt8](repeating: 1, count: 1000), from: port,
        to: NetEndpoint(.v6(receiver), port: 9), now: wire.now)
      expectBounds()
    }
    _ = node.frames(wire.now)
    wire.run(5000)
    #expect(node.layer.neighbourCount == 0)
    #expect(node.stack.deadline == nil)
  }

  @Test func packetsThatClaimToBeOursOrNobodysAreDropped() {
    for source in [
      node.near, .unspecified, address("::1"), address("ff02::1"), address("::ffff:10.0.0.1"),
    ] {
      let ping = ICMPv6Message.echo(
        isReply: false, identifier: 1, sequence: 2, [], from: source, to: node.near)
      wire.carry(
        Frame.icmp(ping, from: source, to: node.near, station: node.station))
      let datagram = Frame.udp([1], from: (source, 9), to: (node.near, 99))
      let header = IPv6Header(from: source, to: node.near, .udp, payloadCount: datagram.count)
      wire.carry(Frame.ipv6(header, datagram, to: node.station))
      wire.run(0)
      #expect(node.sent.isEmpty, "\(source)")
    }
    // For somebody else, but to our station; for us, but to all; from our own station.
    let peer = Frame.routerAddress
    for (destination, station, sender) in [
      (Node.near(9), node.station, Frame.router),
      (node.near, IPv6Address.allNodes.groupStation, Frame.router),
      (node.near, node.station, node.station),
    ] {
      let ping = ICMPv6Message.echo(
        isReply: false, identifier: 1, sequence: 2, [], from: peer, to: destination)
      wire.carry(Frame.icmp(ping, to: destination, at: sender, station: station))
    }
    wire.run(0)
    #expect(node.sent.isEmpty)
  }

  @Test func nobodyComplainsOfWhatIsForManyOrUnknown() throws {
    let datagram = Frame.udp([1], from: (Frame.routerAddress, 9), to: (.allNodes, 99))
    wire.carry(
      Frame.ipv6(
        IPv6Header(
          from: Frame.routerAddress, to: .allNodes, .udp, payloadCount: datagram.count), datagram,
        to: IPv6Address.allNodes.groupStation))
    wire.run(0)
    #expect(node.sent.isEmpty)
    // A protocol that nobody has: its number is in the sixth byte.
    wire.carry(
      Frame.ipv6(
        IPv6Header(
          from: Frame.routerAddress, to: node.near, ProtocolNumber(rawValue: 132), payloadCount: 4),
        [1, 2, 3, 4], to: node.station))
    let answer = NeighbourAdvertisement(
      of: Frame.routerAddress, at: Frame.router, isSolicited: true)
    wire.run(0)
    wire.carry(
      Frame.icmp(
        answer.bytes(from: Frame.routerAddress, to: node.near), to: node.near,
        station: node.station))
    wire.run(0)
    let complaint = try #require(node.sent.last.flatMap { Frame.content($0) })
    #expect(Array(complaint.payload[..<2]) == [4, 1])
    #expect(Array(complaint.payload[4..<8]) == [0, 0, 0, 6])
    #expect(Array(complaint.payload[48...]) == [1, 2, 3, 4])
  }
}
