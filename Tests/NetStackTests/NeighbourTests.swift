// SPDX-License-Identifier: Apache-2.0

import NetStack
import NetWire
import Testing

@Suite struct NeighbourTests {
  private let host = Host(2)
  private let peer = EthernetAddress(rawValue: 0x0016_3E00_0009)

  init() { _ = host.frames() }

  @Test func aQuestionForUsIsAnsweredOnceAndToWhomAsked() throws {
    host.receive(
      TestFrame.arp(
        ARPPacket(.request, from: peer, Host.address(9), to: .init(rawValue: 0), Host.address(2))))
    let frames = host.frames()
    #expect(frames.count == 1)
    let reply = try #require(TestFrame.arp(of: frames[0]))
    #expect(
      reply == ARPPacket(.reply, from: host.station, Host.address(2), to: peer, Host.address(9)))
    host.receive(
      TestFrame.arp(
        ARPPacket(.request, from: peer, Host.address(9), to: .init(rawValue: 0), Host.address(3))))
    #expect(host.frames().isEmpty)
  }

  @Test func framesWaitForAStationAndTheOldestMakeRoom() throws {
    let port = try host.stack.openPort(1000)
    for number in 0..<6 {
      try host.stack.send(
        [UInt8(number)], from: port, to: NetEndpoint(.v4(Host.address(9)), port: 7), now: host.now)
    }
    let questions = host.frames().compactMap { TestFrame.arp(of: $0) }
    #expect(questions.count == 1)
    #expect(questions.first?.targetAddress == Host.address(9))
    host.receive(
      TestFrame.arp(
        ARPPacket(.reply, from: peer, Host.address(9), to: host.station, Host.address(2)),
        to: host.station))
    let frames = host.frames()
    #expect(frames.map { $0.last } == [2, 3, 4, 5])
    #expect(frames.allSatisfy { EthernetHeader($0.span.bytes)?.destination == peer })
  }

  @Test func whoDoesNotAnswerIsAskedThreeTimesAndGivenUp() throws {
    let port = try host.stack.openPort(1000)
    try host.stack.send(
      [1], from: port, to: NetEndpoint(.v4(Host.address(9)), port: 7), now: host.now)
    var questions = 0
    for _ in 0..<100 {
      questions += host.frames().count
      host.wait(100)
    }
    #expect(questions == 3)
    #expect(host.stack.deadline == nil)
  }

  @Test func whatNobodyAskedForDoesNotReplaceWhatIsFresh() throws {
    let port = try host.stack.openPort(1000)
    func send() throws -> EthernetAddress? {
      try host.stack.send(
        [1], from: port, to: NetEndpoint(.v4(Host.address(9)), port: 7), now: host.now)
      return host.frames().last.flatMap { EthernetHeader($0.span.bytes)?.destination }
    }
    func claim(_ station: EthernetAddress) {
      host.receive(
        TestFrame.arp(
          ARPPacket(.reply, from: station, Host.address(9), to: host.station, Host.address(2)),
          to: host.station))
    }
    #expect(try send() == .broadcast)
    claim(peer)
    #expect(host.frames().count == 1)
    let thief = EthernetAddress(rawValue: 0x0016_3E00_0666)
    claim(thief)
    #expect(try send() == peer)
    // After a minute it is asked again, and may have moved.
    host.wait(60_001)
    _ = try send()
    claim(thief)
    #expect(try send() == thief)
  }

  @Test func aSilentPeersStationIsAskedForOnceMore() throws {
    let transport = SilentTransport()
    host.stack.add(transport)
    host.receive(
      TestFrame.arp(
        ARPPacket(.request, from: peer, Host.address(9), to: .init(rawValue: 0), Host.address(2))))
    _ = host.frames()
    transport.silent = .v4(Host.address(9))
    let questions = host.frames().compactMap { TestFrame.arp(of: $0) }
    #expect(questions.map { $0.targetAddress } == [Host.address(9)])
    #expect(host.frames().isEmpty)
  }

  @Test func aFloodOfAddressesIsBounded() throws {
    let port = try host.stack.openPort(1000)
    for number in 3..<253 as Range<UInt8> {
      let station = EthernetAddress(rawValue: 0x0016_3E00_0000 | UInt64(number))
      host.receive(
        TestFrame.arp(
          ARPPacket(
            .request, from: station, Host.address(number), to: .init(rawValue: 0), Host.address(2)))
      )
      #expect(host.frames().count == 1)
    }
    // The last 64 are known, those before them have made room.
    for number in Array(189..<253 as Range<UInt8>) + [188] {
      try host.stack.send(
        [1], from: port, to: NetEndpoint(.v4(Host.address(number)), port: 7), now: host.now)
      let question = host.frames().compactMap { TestFrame.arp(of: $0) }.first
      #expect((question != nil) == (number == 188), "\(number)")
    }
  }

  /// The first questions may be lost: a backend joins its bridge when it likes.
  @Test func aNewAddressIsAskedForSeveralTimes() {
    let host = Host(2, isNew: true)
    var moments: [UInt64] = []
    for moment in 0..<100 as Range<UInt64> {
      let packets = host.frames().compactMap { TestFrame.arp(of: $0) }
      if !packets.isEmpty { moments.append(moment) }
      #expect(
        packets.allSatisfy { $0.targetAddress == Host.address(2) && $0.operation == .request })
      #expect(
        packets.isEmpty
          || packets.map { $0.senderAddress } == [.unspecified, Host.address(2)])
      host.wait(100)
    }
    #expect(moments == [0, 3, 10, 20])
    #expect(host.stack.deadline == nil)
  }

  @Test(arguments: [0, 3999] as [UInt64]) func anAddressThatIsTakenIsGivenUp(after: UInt64) {
    let host = Host(2, isNew: true)
    host.wait(after)
    _ = host.frames()
    let transport = SilentTransport()
    host.stack.add(transport)
    host.receive(
      TestFrame.arp(
        ARPPacket(.reply, from: peer, Host.address(2), to: host.station, .unspecified),
        to: host.station))
    #expect(host.stack.configuration == nil)
    #expect(host.stack.rival == peer)
    #expect(host.stack.hasLostAddress)
    #expect(transport.lost == [.v4(Host.address(2))])
    // Perhaps it is free later.
    host.wait(59_999)
    #expect(host.frames().isEmpty)
    host.wait(1)
    #expect(host.frames().compactMap { TestFrame.arp(of: $0) }.count == 2)
    #expect(host.stack.configuration?.prefix.address == Host.address(2))
    #expect(!host.stack.hasLostAddress)
  }

  @Test func anAddressThatWasOursForLongIsDefendedNowAndThen() {
    host.wait(5000)
    for _ in 0..<5 {
      host.receive(
        TestFrame.arp(
          ARPPacket(.request, from: peer, Host.address(2), to: .init(rawValue: 0), Host.address(2)))
      )
    }
    #expect(host.frames().count == 1)
    #expect(host.stack.configuration != nil)
    #expect(host.stack.rival == peer)
  }
}

/// A transport that says once that a peer is silent, and remembers which addresses were lost.
private final class SilentTransport: NetTransport {
  var silent: IPAddress?
  private(set) var lost: [IPAddress] = []

  init() { super.init(.tcp) }

  override func nextSilentPeer() -> IPAddress? { silent.take() }

  override func lose(_ address: IPAddress) { lost.append(address) }
}
