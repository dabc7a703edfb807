// SPDX-License-Identifier: Apache-2.0

import NetIPv6
import NetStack
import NetTCP
import NetWire
import Testing
import XenFrontends

/// Name servers and sizes that routers say, and addresses that are given.
@Suite struct LinkSettingsTests {
  private let wire = Wire()
  private let node: Node

  init() {
    node = wire.add(2)
    wire.run(20_000)
  }

  @Test func nameServersComeAndGo() throws {
    let servers = (1...5).map { address("2001:db8::\($0)") }
    wire.advertise {
      $0.nameServers = servers[..<3].map { AdvertisedNameServer($0, seconds: 1200) }
    }
    #expect(node.layer.nameServers == servers[..<3].map { .v6($0) })
    // There is room for three: the one goes that would go first, and only if the other stays longer.
    wire.advertise { $0.nameServers = [AdvertisedNameServer(servers[3], seconds: 100)] }
    #expect(node.layer.nameServers == servers[..<3].map { .v6($0) })
    wire.advertise { $0.nameServers = [AdvertisedNameServer(servers[4], seconds: .max)] }
    #expect(node.layer.nameServers == [.v6(servers[1]), .v6(servers[2]), .v6(servers[4])])
    wire.advertise { $0.nameServers = [AdvertisedNameServer(servers[1], seconds: 0)] }
    #expect(node.layer.nameServers == [.v6(servers[2]), .v6(servers[4])])
    wire.run(1_200_000)
    #expect(node.layer.nameServers == [.v6(servers[4])])
  }

  @Test func namesAreAskedOfARoutersServer() throws {
    let name = try #require(DNSName(Array("www.example.org".utf8)))
    wire.advertise { $0.nameServers = [AdvertisedNameServer(Frame.routerAddress, seconds: 1200)] }
    wire.run(2000)
    node.sent = []
    let lookup = node.stack.lookUp(name, .ipv6, now: wire.now)
    wire.run(0)
    let frame = try #require(node.sent.last)
    let (header, payload) = try #require(Frame.content(frame))
    let read = UDPHeader(payload.span.bytes)
    let udp = try #require(read)
    #expect(header.destination == Frame.routerAddress && udp.destination == 53)
    var reply = Array(payload[8...])
    #expect(Array(reply[(reply.count - 4)...]) == [0, 28, 0, 1])
    reply[2] = 0x81
    reply[3] = 0x80
    reply[7] = 1
    var record = PacketWriter()
    record.append([0xC0, 12, 0, 28, 0, 1, 0, 0, 0, 60, 0, 16])
    record.append(address("2001:db8::80"))
    let datagram = Frame.udp(
      reply + record.bytes, from: (Frame.routerAddress, 53), to: (header.source, udp.source))
    wire.carry(
      Frame.ipv6(
        IPv6Header(
          from: Frame.routerAddress, to: header.source, .udp, payloadCount: datagram.count),
        datagram, to: node.station))
    wire.run(0)
    #expect(lookup.outcome == .addresses([.v6(address("2001:db8::80"))]))
    // It is remembered, for this kind of address only.
    #expect(node.stack.lookUp(name, .ipv6, now: wire.now).outcome == lookup.outcome)
    #expect(node.stack.lookUp(name, .ipv4, now: wire.now).outcome == nil)
  }

  /// But not one with which nothing would get far.
  @Test func theHopLimitOfARouterIsUsed() throws {
    let port = try node.stack.openPort()
    for (said, used) in [(0, 64), (1, 64), (40, 40), (31, 40), (255, 255)] as [(UInt8, UInt8)] {
      wire.advertise { $0.hopLimit = said }
      node.sent = []
      let receiver = NetEndpoint(.v6(Frame.routerAddress), port: 9)
      try node.stack.send([1], from: port, to: receiver, now: wire.now)
      wire.settle()
      let headers = node.sent.compactMap { Frame.content($0)?.header }
      #expect(headers.first { $0.protocolNumber == .udp }?.hopLimit == used)
    }
  }

  @Test func theLinksMTUIsObeyed() throws {
    for (said, mtu) in [(1400, 1400), (1279, 1400), (9000, 1400), (1500, 1500)] {
      wire.advertise { $0.mtu = UInt32(said) }
      #expect(node.layer.mtu == mtu && node.tcp.mtu == mtu)
    }
  }

  @Test func aGivenAddressIsAllThatThereIs() throws {
    let settings = try IPv6Settings(Array("2001:db8::9/64,gw=fe80::1,dns=2001:db8::1".utf8))
    let given = wire.add(9, settings: settings)
    wire.advertise()
    wire.run(5000)
    #expect(given.layer.globalAddresses == [address("2001:db8::9")])
    #expect(given.layer.routers == [address("fe80::1")])
    #expect(given.layer.nameServers == [.v6(address("2001:db8::1"))])
    let isSilent = given.sent.allSatisfy {
      if case .routerSolicitation = Frame.message($0) { false } else { true }
    }
    #expect(isSilent)
  }
}
