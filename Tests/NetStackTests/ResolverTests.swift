// SPDX-License-Identifier: Apache-2.0

import NetStack
import NetWire
import Testing
import XenFrontends

@Suite struct ResolverTests {
  private let host = Host(2)
  private let server = EthernetAddress(rawValue: 0x0016_3E00_0001)
  private let name: DNSName

  init() throws {
    name = try #require(DNSName(Array("www.example.org".utf8)))
    host.receive(
      TestFrame.arp(
        ARPPacket(.request, from: server, Host.address(1), to: .init(rawValue: 0), Host.address(2)))
    )
    _ = host.frames()
  }

  /// A question on the link: its port and bytes.
  private func nextQuestion() -> (port: UInt16, bytes: [UInt8])? {
    for frame in host.frames() {
      guard let (_, payload) = TestFrame.content(frame), let header = UDPHeader(payload.span.bytes),
        header.destination == 53
      else { continue }
      return (header.source, Array(payload.dropFirst(8)))
    }
    return nil
  }

  private func answer(
    _ bytes: [UInt8], to port: UInt16, from sender: IPv4Address = Host.address(1),
    code: UInt8 = 0x80, life: UInt8 = 60
  ) {
    var reply = bytes
    reply[2] = 0x81
    reply[3] = code
    if code == 0x80 {
      reply[7] = 1
      reply += [0xC0, 12, 0, 1, 0, 1, 0, 0, 0, life, 0, 4, 93, 184, 216, 34]
    }
    host.receive(
      TestFrame.udp(reply, from: (sender, 53), to: (Host.address(2), port), station: host.station))
  }

  @Test func aNameHasAnAddress() throws {
    let lookup = host.stack.lookUp(name, now: host.now)
    let question = try #require(nextQuestion())
    #expect(lookup.outcome == nil)
    answer(question.bytes, to: question.port)
    #expect(nextQuestion() == nil)
    #expect(lookup.outcome == .addresses([.v4(IPv4Address(93, 184, 216, 34))]))
    // It is remembered as long as it says.
    #expect(host.stack.lookUp(name, now: host.now).outcome == lookup.outcome)
    host.wait(60_000)
    #expect(host.stack.lookUp(name, now: host.now).outcome == nil)
  }

  @Test func answersOfOthersAreNotTaken() throws {
    let lookup = host.stack.lookUp(name, now: host.now)
    let question = try #require(nextQuestion())
    answer(question.bytes, to: question.port, from: Host.address(66))
    answer(question.bytes, to: question.port ^ 1)
    var forged = question.bytes
    forged[0] ^= 1
    answer(forged, to: question.port)
    _ = host.frames()
    #expect(lookup.outcome == nil)
    answer(question.bytes, to: question.port)
    _ = host.frames()
    #expect(lookup.outcome != nil)
  }

  @Test func aServerThatIsSilentIsAskedThreeTimesFromOtherPorts() {
    let start = host.now
    let lookup = host.stack.lookUp(name, now: start)
    var ports: Set<UInt16> = []
    var identifiers: Set<[UInt8]> = []
    while lookup.outcome == nil, host.now < start.advanced(byMilliseconds: 60_000) {
      if let question = nextQuestion() {
        ports.insert(question.port)
        identifiers.insert(Array(question.bytes[..<2]))
      }
      host.wait(50)
    }
    #expect(lookup.outcome == .timedOut)
    #expect(ports.count == 3)
    #expect(identifiers.count == 3)
    #expect(host.now < start.advanced(byMilliseconds: 10_000))
  }

  @Test(arguments: [
    (UInt8(0x83), NameLookup.Outcome.noSuchName), (0x85, .refused), (0x82, .refused),
  ])
  func whatServersSayIsTold(code: UInt8, outcome: NameLookup.Outcome) {
    let lookup = host.stack.lookUp(name, now: host.now)
    while let question = nextQuestion() { answer(question.bytes, to: question.port, code: code) }
    #expect(lookup.outcome == outcome)
  }

  @Test func aServerThatIsNotThereIsNotWaitedFor() throws {
    let start = host.now
    let lookup = host.stack.lookUp(name, now: host.now)
    for _ in 0..<3 {
      let question = try #require(nextQuestion())
      var packet = PacketWriter()
      let header = IPv4Header(
        from: Host.address(2), to: Host.address(1), .udp,
        payloadCount: UDPHeader.size + question.bytes.count)
      packet.appendBig16(question.port)
      packet.appendBig16(53)
      packet.appendBig32(0)
      let message = ICMPMessage.unreachable(code: 3, header, packet.bytes.span.bytes)
      host.receive(
        TestFrame.ipv4(
          IPv4Header(
            from: Host.address(1), to: Host.address(2), .icmp, payloadCount: message.count),
          message,
          from: server, to: host.station))
    }
    #expect(nextQuestion() == nil)
    #expect(lookup.outcome == .timedOut)
    #expect(host.now == start)
  }

  @Test func fewerServersEndAQuestionThatManyDidNotAnswer() {
    let host = Host(4, isConfigured: false)
    var configuration = IPv4Configuration(IPv4Prefix(Host.address(4), length: 24))
    configuration.nameServers = [10, 11, 12].map { Host.address($0) }
    host.stack.configure(configuration, now: host.now)
    let lookup = host.stack.lookUp(name, now: host.now)
    for _ in 0..<45 {
      _ = host.frames()
      host.wait(100)
    }
    configuration.nameServers = [Host.address(10)]
    host.stack.configure(configuration, now: host.now)
    for _ in 0..<50 {
      _ = host.frames()
      host.wait(100)
    }
    #expect(lookup.outcome == .timedOut)
  }

  @Test func withoutAServerNobodyIsAsked() {
    let host = Host(4, isConfigured: false)
    host.stack.configure(IPv4Configuration(IPv4Prefix(Host.address(4), length: 24)), now: host.now)
    let lookup = host.stack.lookUp(name, now: host.now)
    _ = host.frames()
    #expect(lookup.outcome == .notAsked)
  }

  @Test func questionsAreBounded() throws {
    var lookups: [NameLookup] = []
    for number in 0..<200 {
      let name = try #require(DNSName(Array("host\(number).example.org".utf8)))
      lookups.append(host.stack.lookUp(name, now: host.now))
    }
    #expect(lookups.filter { $0.outcome == .notAsked }.count == 184)
    for lookup in lookups { host.stack.abandon(lookup) }
    _ = host.frames()
    #expect(host.stack.deadline == nil)
  }
}
