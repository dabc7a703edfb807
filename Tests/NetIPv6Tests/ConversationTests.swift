// SPDX-License-Identifier: Apache-2.0

import NetIPv6
import NetStack
import NetTCP
import NetWire
import Testing

/// Two hosts that talk over IPv6: pings, datagrams, connections.
@Suite struct ConversationTests {
  private let wire = Wire()
  private let one: Node
  private let other: Node

  init() {
    one = wire.add(2)
    other = wire.add(3)
    wire.run(20_000)
    one.sent = []
    other.sent = []
  }

  private func ping(_ data: [UInt8], to destination: IPv6Address) -> [UInt8] {
    let message = ICMPv6Message.echo(
      isReply: false, identifier: 7, sequence: 8, data, from: Frame.routerAddress, to: destination)
    return Frame.icmp(
      message, to: destination, hopLimit: 64,
      station: destination.isMulticast ? nil : one.station)
  }

  @Test func aPingIsAnsweredFromTheAddressItWasFor() throws {
    wire.carry(ping([1, 2, 3], to: one.near))
    wire.run(0)
    // The station of who asked is not known: it is asked for first.
    let question = try #require(one.sent.first)
    #expect(
      Frame.message(question)
        == .neighbourSolicitation(
          NeighbourSolicitation(for: Frame.routerAddress, from: one.station)))
    let answer = NeighbourAdvertisement(
      of: Frame.routerAddress, at: Frame.router, isSolicited: true)
    wire.carry(
      Frame.icmp(
        answer.bytes(from: Frame.routerAddress, to: one.near), to: one.near, station: one.station))
    wire.run(0)
    let reply = try #require(one.sent.last)
    #expect(Frame.message(reply) == .echoReply(identifier: 7, sequence: 8, [1, 2, 3]))
    #expect(Frame.content(reply)?.header.source == one.near)
    #expect(Frame.receiver(reply) == Frame.router)
    wire.carry(ping([], to: .allNodes))
    wire.run(0)
    #expect(one.sent.last.flatMap { Frame.content($0)?.header.source } == one.near)
  }

  @Test func datagramsGoBothWays() throws {
    let (here, there) = (try one.stack.openPort(1000), try other.stack.openPort(2000))
    try one.stack.send(
      [1, 2, 3], from: here, to: NetEndpoint(.v6(other.near), port: 2000), now: wire.now)
    wire.run(0)
    let datagram = try #require(there.take())
    #expect(datagram == Datagram([1, 2, 3], from: NetEndpoint(.v6(one.near), port: 1000)))
    try other.stack.send([4], from: there, to: datagram.sender, now: wire.now)
    wire.run(0)
    #expect(here.take()?.bytes == [4])
    // One question, one answer, then datagrams.
    #expect(one.sent.count == 2 && other.sent.count == 2)
    #expect(one.stack.counters.malformed == 0 && other.stack.counters.malformed == 0)
  }

  @Test func aLargeDatagramGoesInParts() throws {
    let (here, there) = (try one.stack.openPort(1000), try other.stack.openPort(2000))
    let bytes = (0..<10_000).map { UInt8(truncatingIfNeeded: $0 * 7) }
    try one.stack.send(
      bytes, from: here, to: NetEndpoint(.v6(other.near), port: 2000), now: wire.now)
    wire.run(0)
    #expect(there.take()?.bytes == bytes)
    let parts = one.sent.compactMap { Frame.content($0) }.filter { $0.header.isFragment }
    #expect(parts.count == 7)
    #expect(one.sent.allSatisfy { $0.count <= 1514 })
    #expect(Set(parts.map { $0.header.identification }).count == 1)
  }

  @Test func aPortThatIsNotOpenIsTold() throws {
    let here = try one.stack.openPort(1000)
    let receiver = NetEndpoint(.v6(other.near), port: 99)
    try one.stack.send([1], from: here, to: receiver, now: wire.now)
    wire.run(0)
    #expect(here.takeRefusal() == receiver)
  }

  @Test func complaintsHaveALimit() throws {
    let here = try one.stack.openPort(1000)
    for _ in 0..<100 {
      try one.stack.send(
        [1], from: here, to: NetEndpoint(.v6(other.near), port: 99), now: wire.now)
      wire.run(0)
    }
    let complaints = other.sent.filter {
      if case .undelivered = Frame.message($0) { true } else { false }
    }
    #expect(complaints.count == 10)
  }

  @Test(arguments: [false, true]) func aConnectionCarriesBytesBothWays(isOffloaded: Bool) throws {
    if isOffloaded {
      var link = one.stack.link
      link.completesIPv6Checksums = true
      one.stack.reconnect(link, now: wire.now)
    }
    let listener = try other.tcp.listen(on: 80, backlog: 4)
    let source = try #require(one.stack.source(for: .v6(other.near), now: wire.now))
    #expect(source == .v6(one.near))
    let connection = try one.tcp.connect(
      to: NetEndpoint(.v6(other.near), port: 80), from: source, now: wire.now)
    // A link that completes checksums leaves them to the other side here.
    func exchange() {
      for _ in 0..<20 {
        for frame in one.frames(wire.now) {
          other.stack.receive(frame.span.bytes, isVerified: isOffloaded, now: wire.now)
        }
        for frame in other.frames(wire.now) {
          one.stack.receive(frame.span.bytes, isVerified: false, now: wire.now)
        }
      }
    }
    exchange()
    let accepted = try #require(listener.accept())
    #expect(accepted.remote.address == .v6(one.near) && accepted.local.address == .v6(other.near))
    let bytes = (0..<20_000).map { UInt8(truncatingIfNeeded: $0 / 3) }
    #expect(connection.write(bytes) == 20_000)
    exchange()
    #expect(accepted.read(atMost: 30_000) == bytes)
    _ = accepted.write([9, 8, 7])
    exchange()
    #expect(connection.read(atMost: 10) == [9, 8, 7])
    let largest = one.sent.map { $0.count }.max()
    #expect(largest == 1514)
    #expect(other.stack.counters.malformed == 0 && other.tcp.statistics.malformed == 0)
  }

  @Test func longSegmentsAreOnlyMadeForALinkThatCutsThem() throws {
    var link = one.stack.link
    link.completesChecksums = true
    link.cutsSegments = true
    for canCut in [false, true] {
      link.completesIPv6Checksums = canCut
      link.cutsIPv6Segments = canCut
      one.stack.reconnect(link, now: wire.now)
      wire.run(0)
      let listener = try other.tcp.listen(on: canCut ? 80 : 81, backlog: 4)
      let connection = try one.tcp.connect(
        to: NetEndpoint(.v6(other.near), port: canCut ? 80 : 81), from: .v6(one.near),
        now: wire.now)
      func carry() -> [OutgoingFrame] {
        var frames: [OutgoingFrame] = []
        while let frame = one.stack.nextFrame(now: wire.now) {
          frames.append(frame)
          var bytes = frame.header
          bytes += frame.payload.array
          other.stack.receive(bytes.span.bytes, isVerified: canCut, now: wire.now)
        }
        for frame in other.frames(wire.now) {
          one.stack.receive(frame.span.bytes, isVerified: false, now: wire.now)
        }
        return frames
      }
      for _ in 0..<4 { _ = carry() }
      _ = connection.write([UInt8](repeating: 5, count: 12_000))
      let frames = carry() + carry() + carry()
      #expect(frames.allSatisfy { $0.isIPv6 })
      #expect(frames.contains { $0.segmentSize > 0 && $0.isChecksumBlank } == canCut)
      #expect(frames.allSatisfy { $0.count <= 1514 } != canCut)
      #expect(listener.accept()?.read(atMost: 20_000).count == 12_000)
    }
  }

  @Test func aClosedPortRefusesAConnection() throws {
    let connection = try one.tcp.connect(
      to: NetEndpoint(.v6(other.near), port: 99), from: .v6(one.near), now: wire.now)
    wire.run(10)
    #expect(connection.failure == .refused)
  }

  @Test func aNeighbourThatDoesNotAnswerIsGivenUp() throws {
    let connection = try one.tcp.connect(
      to: NetEndpoint(.v6(Node.near(77)), port: 80), from: .v6(one.near), now: wire.now)
    wire.run(2999)
    #expect(connection.failure == nil)
    wire.run(2)
    #expect(connection.failure == .unreachable)
    let questions = one.sent.filter {
      if case .neighbourSolicitation = Frame.message($0) { true } else { false }
    }
    #expect(questions.count == 3)
    #expect(one.stack.counters.sendDrops > 0)
  }

  @Test func aNeighbourThatIsKnownIsAskedByItself() throws {
    let (here, there) = (try one.stack.openPort(1000), try other.stack.openPort(2000))
    for _ in 0..<2 {
      try one.stack.send(
        [1], from: here, to: NetEndpoint(.v6(other.near), port: 2000), now: wire.now)
      wire.run(61_000)
    }
    #expect(there.take() != nil && there.take() != nil)
    let stations = one.sent.compactMap { frame -> EthernetAddress? in
      guard case .neighbourSolicitation = Frame.message(frame) else { return nil }
      return Frame.receiver(frame)
    }
    #expect(stations == [other.near.solicitedNodeGroup.groupStation, other.station])
  }

  @Test func aClosedStackIsSilent() {
    one.stack.close()
    one.sent = []
    wire.carry(ping([1], to: one.near))
    wire.advertise()
    wire.nodes.removeLast()
    wire.run(60_000)
    #expect(one.sent.isEmpty && one.layer.addresses.isEmpty)
  }
}
