// SPDX-License-Identifier: Apache-2.0

import NetIPv6
import NetStack
import NetWire
import Testing

/// How addresses begin: RFC 4862, section 5.4.
@Suite struct AddressBeginTests {
  private let wire = Wire()

  @Test func theLinksAddressIsUsedASecondAfterTheFirstQuestion() {
    let node = wire.add(2)
    wire.run(0)
    #expect(node.layer.addresses.map { $0.address } == [address("fe80::216:3eff:fe00:2")])
    #expect(node.layer.addresses[0].state == .tentative)
    wire.run(999)
    #expect(node.layer.addresses[0].state == .tentative)
    #expect(node.layer.changes == 0)
    wire.run(1)
    #expect(node.layer.addresses[0].state == .assigned)
    #expect(node.layer.changes == 1)
    #expect(node.layer.globalAddresses.isEmpty)
  }

  @Test func theQuestionIsInNobodysNameAndTheGroupIsJoinedBefore() throws {
    let node = wire.add(2)
    wire.run(0)
    let group = node.near.solicitedNodeGroup
    let report = try #require(Frame.content(node.sent[0]))
    #expect(report.header.source == .unspecified && report.header.destination == .groupRouters)
    #expect(report.header.hopLimit == 1 && report.header.protocolNumber == .icmpV6)
    #expect(report.header.size == 48)
    #expect(node.sent[0][54...61] == [58, 0, 5, 2, 0, 0, 1, 0])
    #expect(report.payload[0] == 143 && report.payload[7] == 1 && report.payload[8] == 4)
    let listened = report.payload.span.bytes.ipv6Address(12)
    #expect(listened == group)
    let question = try #require(Frame.content(node.sent[1]))
    #expect(question.header.source == .unspecified && question.header.destination == group)
    #expect(question.header.hopLimit == 255)
    #expect(Frame.receiver(node.sent[1]) == group.groupStation)
    #expect(
      Frame.message(node.sent[1])
        == .neighbourSolicitation(NeighbourSolicitation(for: node.near, from: nil)))
    #expect(Frame.message(node.sent[2]) == .routerSolicitation(nil))
  }

  @Test func routersAreAskedForAtOnceAndThreeTimesAfterwards() {
    let node = wire.add(2)
    wire.run(60_000)
    let questions = node.sent.compactMap { frame -> EthernetAddress?? in
      guard case .routerSolicitation(let station) = Frame.message(frame) else { return nil }
      return .some(station)
    }
    #expect(questions == [nil, node.station, node.station, node.station])
    #expect(node.stack.deadline == nil)
  }

  @Test func anAddressThatAnotherStationHasIsNotUsed() {
    let node = wire.add(2)
    wire.run(300)
    let answer = NeighbourAdvertisement(of: node.near, at: Frame.router, isSolicited: false)
    wire.carry(
      Frame.icmp(
        answer.bytes(from: node.near, to: .allNodes), from: node.near, to: .allNodes))
    wire.run(60_000)
    #expect(node.layer.addresses.map { $0.state } == [.duplicate])
    #expect(node.layer.rival == Frame.router)
    #expect(node.layer.changes == 1)
    // What routers say makes no addresses with the same end.
    var message = RouterAdvertisement(seconds: 1800, station: Frame.router)
    message.prefixes = [
      AdvertisedPrefix(prefix("2001:db8::/64"), validSeconds: 3600, preferredSeconds: 1800)
    ]
    wire.carry(Frame.advertisement(message))
    wire.run(5000)
    #expect(node.layer.globalAddresses.isEmpty && node.layer.addresses.count == 1)
  }

  @Test func oneOfTwoThatBeginWithOneAddressStays() {
    // The same number, so the same address; other secrets do not matter.
    let first = wire.add(2)
    wire.run(2000)
    #expect(first.layer.addresses[0].state == .assigned)
    var writer = PacketWriter()
    let question = NeighbourSolicitation(for: first.near, from: nil)
    let group = first.near.solicitedNodeGroup
    let frame = Frame.icmp(
      question.bytes(from: .unspecified, to: group), from: .unspecified, to: group,
      at: Node.station(9))
    writer.append(frame)
    first.sent = []
    wire.carry(writer.bytes)
    wire.run(0)
    // It is told to all that the address is taken.
    #expect(
      first.sent.compactMap { Frame.message($0) } == [
        .neighbourAdvertisement(
          NeighbourAdvertisement(of: first.near, at: first.station, isSolicited: false))
      ])
    #expect(first.layer.addresses[0].state == .assigned)
  }

  @Test func whoAsksInNobodysNameAtTheSameTimeIsARival() {
    let node = wire.add(2)
    wire.run(100)
    let group = node.near.solicitedNodeGroup
    let question = NeighbourSolicitation(for: node.near, from: nil)
    // Our own question, which comes back, is none.
    wire.carry(
      Frame.icmp(
        question.bytes(from: .unspecified, to: group), from: .unspecified, to: group,
        at: node.station))
    #expect(node.layer.addresses[0].state == .tentative)
    wire.carry(
      Frame.icmp(question.bytes(from: .unspecified, to: group), from: .unspecified, to: group))
    #expect(node.layer.addresses[0].state == .duplicate)
    // The link is a new one: it is tried again.
    node.stack.reconnect(node.stack.link, now: wire.now)
    wire.run(1500)
    #expect(node.layer.addresses[0].state == .assigned)
  }

  @Test func anAddressIsDefendedNowAndThen() {
    let node = wire.add(2)
    wire.run(20_000)
    node.sent = []
    let claim = NeighbourAdvertisement(of: node.near, at: Frame.router, isSolicited: false)
    for _ in 0..<50 {
      wire.carry(
        Frame.icmp(claim.bytes(from: node.near, to: .allNodes), from: node.near, to: .allNodes))
    }
    wire.run(0)
    #expect(node.sent.count == 1)
    #expect(node.layer.rival == Frame.router && node.layer.addresses[0].state == .assigned)
  }

  @Test func aQueryIsAnsweredWithAllGroups() throws {
    let node = wire.add(
      2, settings: .fixed(IPv6Configuration(prefix("2001:db8::99:2/64"))))
    wire.run(5000)
    #expect(node.layer.globalAddresses == [address("2001:db8::99:2")])
    node.sent = []
    var query = PacketWriter()
    query.append([130, 0, 0, 0, 0x27, 0x10, 0, 0])
    query.appendZeros(20)
    var checksum = InternetChecksum(
      from: .v6(Frame.routerAddress), to: .v6(.allNodes), protocolNumber: 58, count: 28)
    checksum.add(query.bytes)
    query.setBig16(checksum.value, at: 2)
    wire.carry(Frame.icmp(query.bytes, to: .allNodes, hopLimit: 64))
    wire.run(10_000)
    #expect(node.sent.isEmpty)
    wire.carry(Frame.icmp(query.bytes, to: .allNodes, hopLimit: 1))
    wire.run(10_000)
    let report = try #require(Frame.content(node.sent[0]))
    #expect(node.sent.count == 1)
    #expect(report.header.source == node.near && report.payload[7] == 2)
    #expect(report.payload.count == 8 + 2 * 20)
  }

  private func given() -> IPv6Settings { .fixed(IPv6Configuration(prefix("2001:db8::5/64"))) }

  @Test func ofTwoWithOneGivenAddressTheFirstHasIt() throws {
    let (first, second) = (wire.add(2, settings: given()), wire.add(3, settings: given()))
    wire.nodes.removeLast()
    wire.run(3000)
    wire.nodes.append(second)
    wire.run(3000)
    #expect(first.layer.globalAddresses == [address("2001:db8::5")])
    #expect(first.layer.rival == nil)
    #expect(second.layer.globalAddresses.isEmpty && second.layer.rival == first.station)
    #expect(second.layer.addresses.map { $0.state } == [.assigned, .duplicate])
    // It cannot be used, that of the link can.
    let port = try second.stack.openPort()
    #expect(throws: DatagramError.noAddress) {
      try second.stack.send(
        [1], from: port, to: NetEndpoint(.v6(address("2001:db8::9")), port: 9), now: wire.now)
    }
    let there = try first.stack.openPort(9)
    try second.stack.send(
      [1], from: port, to: NetEndpoint(.v6(first.near), port: 9), now: wire.now)
    wire.run(0)
    #expect(there.take()?.sender.address == .v6(second.near))
  }

  @Test func ofTwoThatTakeOneAddressAtOnceNeitherHasIt() {
    let (first, second) = (wire.add(2, settings: given()), wire.add(3, settings: given()))
    // Both have asked before either hears the other.
    let (one, other) = (first.frames(wire.now), second.frames(wire.now))
    for frame in one { wire.carry(frame, from: first) }
    for frame in other { wire.carry(frame, from: second) }
    wire.run(3000)
    for node in [first, second] {
      #expect(node.layer.globalAddresses.isEmpty)
      #expect(node.layer.addresses.map { $0.state } == [.assigned, .duplicate])
    }
    #expect(first.layer.rival == second.station && second.layer.rival == first.station)
  }

  /// Its neighbours are asked from the other address then.
  @Test func whoseAddressOfTheLinkIsTakenStillHasTheOther() throws {
    let node = wire.add(2, settings: given())
    wire.run(100)
    let answer = NeighbourAdvertisement(of: node.near, at: Frame.router, isSolicited: false)
    wire.carry(
      Frame.icmp(
        answer.bytes(from: node.near, to: .allNodes), from: node.near, to: .allNodes))
    wire.run(3000)
    #expect(node.layer.addresses.map { $0.state } == [.duplicate, .assigned])
    node.sent = []
    let port = try node.stack.openPort()
    try node.stack.send(
      [1], from: port, to: NetEndpoint(.v6(address("2001:db8::9")), port: 9), now: wire.now)
    wire.run(0)
    #expect(node.sent.count == 1)
    #expect(
      node.sent.first.flatMap { Frame.content($0)?.header.source } == address("2001:db8::5"))
  }

  /// Where it was moved to, nobody knows where it is; routers may be others.
  @Test func aNewLinkHearsWhereTheAddressesAre() {
    let node = wire.add(2, settings: given())
    wire.run(20_000)
    node.sent = []
    node.stack.reconnect(node.stack.link, now: wire.now)
    wire.run(0)
    let announced = node.sent.compactMap { frame -> IPv6Address? in
      guard case .neighbourAdvertisement(let message) = Frame.message(frame) else { return nil }
      return message.target
    }
    #expect(announced == [node.near, address("2001:db8::5")])
    let reports = node.sent.filter { Frame.content($0)?.header.destination == .groupRouters }
    #expect(reports.count == 1)
    let automatic = wire.add(3)
    wire.run(60_000)
    automatic.sent = []
    automatic.stack.reconnect(automatic.stack.link, now: wire.now)
    wire.run(0)
    let hasAsked = automatic.sent.contains {
      if case .routerSolicitation = Frame.message($0) { true } else { false }
    }
    #expect(hasAsked)
  }
}
