// SPDX-License-Identifier: Apache-2.0

import NetStack
import NetTCP
import NetWire
import Testing
import XenFrontends

/// TCP between two stacks, frame by frame.
@Suite struct TransportTests {
  private final class Station {
    let stack: NetStack
    let tcp: TCPHost
    let hardware: EthernetAddress
    let address: IPv4Address
    /// The IP headers that it sent.
    private(set) var headers: [IPv4Header] = []

    init(_ number: UInt8) {
      hardware = EthernetAddress(rawValue: 0x0016_3E00_0000 | UInt64(number))
      address = IPv4Address(10, 0, 0, number)
      tcp = TCPHost(secret: (UInt64(number), 7))
      stack = NetStack(
        NetStack.Link(hardware, mtu: 1500, completesChecksums: false),
        secret: (UInt64(number), 42))
      stack.add(TCPTransport(tcp))
      stack.configure(
        IPv4Configuration(IPv4Prefix(address, length: 24)), now: SystemTime(rawValue: 0))
    }

    func frames(_ now: SystemTime) -> [[UInt8]] {
      var frames: [[UInt8]] = []
      while let frame = stack.nextFrame(now: now) {
        var bytes = [UInt8](repeating: 0, count: frame.count)
        var items = bytes.mutableSpan
        var span = items.mutableBytes
        frame.copy(from: 0, into: &span)
        frames.append(bytes)
        if let header = IPv4Header(bytes.span.bytes.extracting(14..<bytes.count)) {
          headers.append(header)
        }
      }
      return frames
    }
  }

  private let client = Station(1)
  private let server = Station(2)

  private func exchange(_ now: SystemTime) {
    while true {
      let (there, back) = (client.frames(now), server.frames(now))
      if there.isEmpty, back.isEmpty { return }
      for frame in there { server.stack.receive(frame.span.bytes, isVerified: false, now: now) }
      for frame in back { client.stack.receive(frame.span.bytes, isVerified: false, now: now) }
    }
  }

  private func connect(_ now: SystemTime) throws -> (TCPConnection, TCPConnection) {
    let listener = try server.tcp.listen(on: 80, backlog: 4)
    let connection = try client.tcp.connect(
      to: NetEndpoint(.v4(server.address), port: 80), from: .v4(client.address), now: now)
    exchange(now)
    return (connection, try #require(listener.accept()))
  }

  @Test func bytesAndTheirTrafficClassGoThroughTheStack() throws {
    let now = SystemTime(rawValue: 5_000_000_000)
    let (one, other) = try connect(now)
    one.trafficClass = 0xB8
    _ = one.write([1, 2, 3])
    exchange(now)
    #expect(other.read(atMost: 10) == [1, 2, 3])
    #expect(client.headers.last?.trafficClass == 0xB8)
    #expect(server.headers.allSatisfy { $0.trafficClass == 0 })
  }

  @Test func aSmallerMTUOfTheLinkReachesOpenConnections() throws {
    let now = SystemTime(rawValue: 5_000_000_000)
    let (one, other) = try connect(now)
    client.stack.reconnect(
      NetStack.Link(client.hardware, mtu: 700, completesChecksums: false), now: now)
    _ = one.write([UInt8](repeating: 1, count: 3000))
    exchange(now)
    #expect(other.readableCount == 3000)
    let counts = client.headers.map { $0.size + $0.payloadCount }
    #expect(counts.max() == 700)
  }

  /// The address is taken by another station as soon as it is used.
  @Test func aLostAddressEndsConnections() throws {
    let now = SystemTime(rawValue: 1_000_000_000)
    let (one, other) = try connect(now)
    var writer = PacketWriter(capacity: 42)
    let rival = EthernetAddress(rawValue: 0x0016_3E00_0077)
    EthernetHeader(to: client.hardware, from: rival, .arp).append(to: &writer)
    ARPPacket(.reply, from: rival, client.address, to: client.hardware, .unspecified)
      .append(to: &writer)
    client.stack.receive(writer.bytes.span.bytes, isVerified: false, now: now)
    #expect(one.failure == .addressLost && one.state == .closed)
    #expect(client.tcp.connectionCount == 0 && other.state == .established)
  }
}
