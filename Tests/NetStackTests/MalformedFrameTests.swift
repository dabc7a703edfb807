// SPDX-License-Identifier: Apache-2.0

import NetStack
import NetWire
import Testing

/// Frames that no honest station sends: none stops the stack, and none makes it grow.
@Suite struct MalformedFrameTests {
  private let peer = EthernetAddress(rawValue: 0x0016_3E00_0001)

  /// Frames that are all right.
  private func samples(for host: Host) -> [[UInt8]] {
    let ping = ICMPMessage.echo(isReply: false, identifier: 1, sequence: 2, [1, 2, 3, 4])
    let query = DNSName(Array("a.example".utf8)).map { DNSQuery.bytes(7, $0) } ?? []
    var part = IPv4Header(from: Host.address(1), to: Host.address(2), .udp, payloadCount: 16)
    part.hasMoreFragments = true
    var packet = PacketWriter()
    let lost = IPv4Header(from: Host.address(2), to: Host.address(1), .udp, payloadCount: 8)
    packet.append([3, 232, 0, 9, 0, 8, 0, 0])
    let told = ICMPMessage.unreachable(code: 3, lost, packet.bytes.span.bytes)
    func header(_ number: ProtocolNumber, _ count: Int) -> IPv4Header {
      IPv4Header(from: Host.address(1), to: Host.address(2), number, payloadCount: count)
    }
    return [
      TestFrame.arp(
        ARPPacket(.request, from: peer, Host.address(1), to: .init(rawValue: 0), Host.address(2))),
      TestFrame.ipv4(header(.icmp, ping.count), ping, from: peer, to: host.station),
      TestFrame.ipv4(header(.icmp, told.count), told, from: peer, to: host.station),
      TestFrame.udp(
        query, from: (Host.address(1), 53), to: (Host.address(2), 1000), station: host.station),
      TestFrame.udp(
        [UInt8](repeating: 3, count: 300), from: (Host.address(1), 67), to: (Host.address(2), 68),
        station: host.station),
      TestFrame.ipv4(part, [UInt8](repeating: 1, count: 16), from: peer, to: host.station),
      TestFrame.ipv4(
        header(.tcp, 20), [UInt8](repeating: 0, count: 20), from: peer, to: host.station),
    ]
  }

  private func host() throws -> Host {
    let host = Host(2)
    _ = try host.stack.openPort(1000)
    _ = host.frames()
    return host
  }

  @Test func framesThatAreCutAnywhere() throws {
    let host = try host()
    for sample in samples(for: host) {
      for count in 0..<sample.count {
        host.receive(Array(sample[..<count]))
        host.receive(Array(sample[..<count]), isVerified: true)
        #expect(host.frames().count <= 2)
      }
    }
  }

  @Test(arguments: 1...8) func framesWithWrongBits(seed: UInt64) throws {
    var numbers = SecretNumbers(secret: (seed, 3))
    let host = try host()
    let samples = samples(for: host)
    for _ in 0..<5000 {
      var frame = samples[Int(numbers.next(below: UInt32(samples.count)))]
      for _ in 0...numbers.next(below: 4) {
        frame[Int(numbers.next(below: UInt32(frame.count)))] ^= UInt8(1 << numbers.next(below: 8))
      }
      if numbers.next(below: 3) == 0 { repair(&frame) }
      host.receive(frame, isVerified: numbers.next(below: 2) == 0)
      if numbers.next(below: 10) == 0 { host.wait(UInt64(numbers.next(below: 3000))) }
      #expect(host.frames().count <= 64)
    }
  }

  /// Makes the checksum of the IPv4 header right, so that what is behind it is looked at.
  private func repair(_ frame: inout [UInt8]) {
    let size = Int(frame[14] & 15) * 4
    guard frame.count >= 34, size >= 20, frame.count >= 14 + size else { return }
    (frame[24], frame[25]) = (0, 0)
    var checksum = InternetChecksum()
    checksum.add(Array(frame[14..<(14 + size)]))
    (frame[24], frame[25]) = (UInt8(checksum.value >> 8), UInt8(checksum.value & 255))
  }

  @Test func packetsThatClaimToBeOursOrNobodysAreDropped() throws {
    let host = try host()
    let ping = ICMPMessage.echo(isReply: false, identifier: 1, sequence: 2, [])
    for source in [
      Host.address(2), .broadcast, .unspecified, IPv4Address(127, 0, 0, 1),
      IPv4Address(224, 0, 0, 1), IPv4Address(240, 0, 0, 1), IPv4Address(10, 0, 0, 255),
    ] {
      let header = IPv4Header(from: source, to: Host.address(2), .icmp, payloadCount: ping.count)
      host.receive(TestFrame.ipv4(header, ping, from: peer, to: host.station))
      #expect(host.frames().isEmpty, "\(source)")
    }
    // For us, but sent to all; and not for us, but sent to our station.
    let ours = IPv4Header(
      from: Host.address(1), to: Host.address(2), .icmp, payloadCount: ping.count)
    host.receive(TestFrame.ipv4(ours, ping, from: peer, to: .broadcast))
    let others = IPv4Header(
      from: Host.address(1), to: Host.address(3), .icmp, payloadCount: ping.count)
    host.receive(TestFrame.ipv4(others, ping, from: peer, to: host.station))
    host.receive(
      TestFrame.ipv4(ours, ping, from: peer, to: EthernetAddress(rawValue: 0x0016_3E00_0055)))
    #expect(host.frames().isEmpty)
    #expect(host.stack.counters.foreign == 10)
    let port = try host.stack.openPort(2000)
    host.receive(
      TestFrame.udp(
        [1], from: (Host.address(1), 9), to: (Host.address(2), 2000), station: .broadcast))
    #expect(port.take() == nil)
  }
}
