// SPDX-License-Identifier: Apache-2.0

import NetStack
import NetWire
import Testing
import XenFrontends

/// A server of DHCP that a test leads.
private final class Server {
  let host = Host(9, isConfigured: false)
  private let station = EthernetAddress(rawValue: 0x0016_3E00_0001)
  var address = Host.address(9)
  /// Whether the last request went to the server's station and address, not to all.
  private(set) var isAskedAlone = false

  /// What the host asks now: type, and the whole message.
  func requests() -> [[UInt8]] {
    var frames = host.frames()
    // The server's station is asked for when the lease is to be renewed.
    if frames.contains(where: {
      TestFrame.arp(of: $0).map { $0.targetAddress == Host.address(1) } ?? false
    }) {
      host.receive(
        TestFrame.arp(
          ARPPacket(.reply, from: station, Host.address(1), to: host.station, address),
          to: host.station))
      frames += host.frames()
    }
    return frames.compactMap { frame in
      guard let (header, payload) = TestFrame.content(frame), header.protocolNumber == .udp,
        UDPHeader(payload.span.bytes)?.destination == 67
      else { return nil }
      isAskedAlone =
        header.destination == Host.address(1)
        && EthernetHeader(frame.span.bytes)?.destination == station
      return Array(payload.dropFirst(8))
    }
  }

  static func type(_ request: [UInt8]) -> UInt8 { request[242] }

  /// Answers a request.
  func answer(
    _ type: DHCPMessageType, to request: [UInt8], lease: UInt32 = 3600, options: [UInt8] = [],
    transaction: [UInt8]? = nil
  ) {
    var reply = [UInt8](repeating: 0, count: 240)
    reply.replaceSubrange(0..<3, with: [2, 1, 6])
    reply.replaceSubrange(4..<8, with: transaction ?? Array(request[4..<8]))
    reply.replaceSubrange(16..<20, with: address.bytes)
    reply.replaceSubrange(28..<34, with: request[28..<34])
    reply.replaceSubrange(236..<240, with: [0x63, 0x82, 0x53, 0x63])
    reply += [53, 1, type.rawValue, 54, 4, 10, 0, 0, 1, 1, 4, 255, 255, 255, 0, 3, 4, 10, 0, 0, 1]
    reply += [51, 4] + IPv4Address(rawValue: lease).bytes + options + [255]
    host.receive(
      TestFrame.udp(
        reply, from: (Host.address(1), 67), to: (address, 68), station: host.station,
        source: station))
  }

  /// Goes on until the host asks, for some seconds at most.
  func nextRequest(withinSeconds limit: UInt64 = 120) -> [UInt8]? {
    for _ in 0..<(limit * 100) {
      if let request = requests().first { return request }
      host.wait(10)
    }
    return nil
  }

  func bind(lease: UInt32 = 3600) throws {
    let discover = try #require(nextRequest())
    #expect(Self.type(discover) == 1)
    answer(.offer, to: discover, lease: lease)
    let request = try #require(nextRequest(withinSeconds: 1))
    #expect(Self.type(request) == 3)
    answer(.acknowledge, to: request, lease: lease)
    _ = host.frames()
  }
}

extension IPv4Address {
  fileprivate var bytes: [UInt8] { (0..<4).map { UInt8(rawValue >> (24 - 8 * $0) & 255) } }
}

@Suite struct DHCPTests {
  private let server = Server()
  private var stack: NetStack { server.host.stack }

  init() { server.host.stack.startDHCP(now: server.host.now) }

  @Test func anAddressIsGivenInTwoExchanges() throws {
    let discover = try #require(server.requests().first)
    #expect(Server.type(discover) == 1)
    server.answer(.offer, to: discover, options: [6, 4, 10, 0, 0, 3, 26, 2, 5, 0])
    let request = try #require(server.requests().first)
    #expect(Array(request[243..<255]) == [50, 4, 10, 0, 0, 9, 54, 4, 10, 0, 0, 1])
    #expect(stack.configuration == nil)
    server.answer(.acknowledge, to: request, options: [6, 4, 10, 0, 0, 3, 26, 2, 5, 0])
    // It is taken in the next turn, and announced.
    #expect(server.host.frames().compactMap { TestFrame.arp(of: $0) }.count == 2)
    #expect(
      stack.configuration
        == IPv4Configuration(
          IPv4Prefix(Host.address(9), length: 24), gateway: Host.address(1),
          nameServers: [Host.address(3)], mtu: 1280))
    #expect(stack.mtu == 1280)
  }

  @Test func aServerThatIsSilentIsAskedEverMoreSeldom() {
    var moments: [UInt64] = []
    for _ in 0..<12_000 {
      if !server.requests().isEmpty { moments.append(server.host.now.rawValue / 1_000_000) }
      server.host.wait(10)
    }
    let pauses = zip(moments.dropFirst(), moments).map { $0 - $1 }
    #expect((6...9).contains(moments.count))
    #expect(pauses.first.map { (430...640).contains($0) } == true)
    for (next, last) in zip(pauses.dropFirst(), pauses) { #expect(next > last * 3 / 2) }
  }

  @Test func answersThatAreNotOursChangeNothing() throws {
    let discover = try #require(server.requests().first)
    server.answer(.offer, to: discover, transaction: [9, 9, 9, 9])
    var other = discover
    other[33] ^= 1
    server.answer(.offer, to: other)
    server.answer(.acknowledge, to: discover)
    #expect(server.requests().isEmpty)
    #expect(stack.configuration == nil)
    server.address = .broadcast
    server.answer(.offer, to: discover)
    #expect(server.requests().isEmpty)
  }

  @Test func aRefusalBeginsAnew() throws {
    let discover = try #require(server.nextRequest())
    server.answer(.offer, to: discover)
    let request = try #require(server.nextRequest())
    server.answer(.refuse, to: request)
    try server.bind()
    #expect(stack.configuration != nil)
  }

  @Test func aLostAnswerIsAskedForAgain() throws {
    let discover = try #require(server.nextRequest())
    server.answer(.offer, to: discover)
    for _ in 0..<4 { #expect(Server.type(try #require(server.nextRequest())) == 3) }
    #expect(Server.type(try #require(server.nextRequest())) == 1)
  }

  @Test func aLeaseIsRenewedAtHalfOfItsTime() throws {
    try server.bind(lease: 600)
    server.host.wait(299_000)
    #expect(server.requests().isEmpty)
    server.host.wait(1_000)
    let request = try #require(server.requests().first)
    #expect(Server.type(request) == 3)
    #expect(Array(request[12..<16]) == [10, 0, 0, 9])
    #expect(server.isAskedAlone)
    server.answer(.acknowledge, to: request, lease: 600)
    _ = server.host.frames()
    server.host.wait(299_000)
    #expect(server.requests().isEmpty)
    #expect(stack.configuration != nil)
  }

  @Test func aLeaseThatEndsTakesTheAddress() throws {
    try server.bind(lease: 600)
    var requests = 0
    for _ in 0..<5999 {
      server.host.wait(100)
      requests += server.requests().count
    }
    #expect((4...20).contains(requests))
    #expect(stack.configuration != nil)
    server.host.wait(200)
    _ = server.requests()
    #expect(stack.configuration == nil)
    try server.bind()
    #expect(stack.configuration != nil)
  }

  @Test func aLeaseForEverIsNotRenewed() throws {
    try server.bind(lease: .max)
    server.host.wait(1_000_000_000)
    #expect(server.requests().isEmpty)
    #expect(stack.configuration != nil)
  }

  @Test func anAddressThatIsTakenIsDeclined() throws {
    try server.bind()
    let rival = EthernetAddress(rawValue: 0x0016_3E00_0077)
    server.host.receive(
      TestFrame.arp(
        ARPPacket(.reply, from: rival, Host.address(9), to: server.host.station, .unspecified),
        to: server.host.station))
    #expect(stack.configuration == nil)
    // Another one will come.
    #expect(!stack.hasLostAddress)
    let decline = try #require(server.requests().first)
    #expect(Server.type(decline) == 4)
    #expect(Array(decline[243..<249]) == [50, 4, 10, 0, 0, 9])
    server.address = Host.address(8)
    try server.bind()
    #expect(stack.configuration?.prefix.address == Host.address(8))
    #expect(stack.rival == nil)
  }
}
