// SPDX-License-Identifier: Apache-2.0

import NetTCP
import NetWire
import Testing
import XenFrontends

/// What is another way over IPv6.
@Suite struct IPv6Tests {
  /// Sources: RFC 9293, section 3.7.1, and RFC 6691.
  @Test func segmentsFitThePeerAndTheLink() throws {
    for (mtu, said, expected) in [
      (1500, 1440, 1440), (1500, 9000, 1440), (1500, nil, 1220), (1280, 1440, 1220),
      (9000, 8940, 8940), (1500, 500, 500),
    ] as [(Int, Int?, Int)] {
      let script = Script(mtu: mtu, isIPv6: true)
      let connection = try script.accepted(ScriptOptions(maximumSegment: said))
      #expect(connection.write([UInt8](repeating: 1, count: 20_000)) == 20_000)
      #expect(try #require(script.next()).payload.count == expected)
    }
  }

  @Test func thePeerIsToldWhatFits() throws {
    let script = Script(isIPv6: true)
    script.port = 0
    let connection = try script.host.connect(
      to: NetEndpoint(script.peer, port: script.peerPort), from: script.address, now: script.now)
    script.port = connection.local.port
    #expect(try script.expect("S", 0).options.maximumSegment == 1440)
  }

  @Test func nobodyConnectsToAnAddressThatNoHostHas() throws {
    let script = Script(isIPv6: true)
    for peer in [
      IPv6Address.unspecified, IPv6Address(high: 0, low: 1), .allNodes,
      IPv6Address(high: 0, low: 0xFFFF_0A00_0001),
    ] {
      #expect(throws: TCPError.unusableAddress) {
        _ = try script.host.connect(
          to: NetEndpoint(.v6(peer), port: 80), from: script.address, now: script.now)
      }
    }
  }

  /// What nobody may foresee is another for each address, whichever half of it differs.
  @Test func firstNumbersDependOnAllOfTheAddress() throws {
    let script = Script(isIPv6: true)
    _ = try script.host.listen(on: 80, backlog: 60)
    var starts: Set<UInt32> = []
    for (high, low) in [(1, 1), (1, 2), (2, 1), (1 << 63, 1), (1, 1 << 63), (2, 2)]
      as [(UInt64, UInt64)]
    {
      let syn = script.bytes(ScriptSegment(flags: "S"))
      script.host.receive(
        syn.span.bytes, from: .v6(IPv6Address(high: high, low: low)), to: script.address,
        isVerified: true, now: script.now)
      let answer = try #require(script.host.nextSegment(now: script.now)).bytes
      let number = answer.span.bytes.big32(4)
      starts.insert(number)
    }
    #expect(starts.count == 6)
  }

  @Test func aCookieOpensAConnection() throws {
    let script = Script(limits: TCPLimits(), isIPv6: true)
    let listener = try script.host.listen(on: 80, backlog: 2)
    for port in 1...3 as ClosedRange<UInt16> {
      script.peerPort = port
      script.start = nil
      script.send("S", options: .init(maximumSegment: 1440))
      try script.expect("S.", 0, 1)
    }
    #expect(script.host.statistics.cookiesSent == 1)
    script.send(".", 1, 1)
    script.expectNothing()
    #expect(script.host.statistics.cookiesAccepted == 1)
    let connection = try #require(listener.accept())
    #expect(connection.remote == NetEndpoint(script.peer, port: 3))
    // The largest of the sizes that a cookie can say, which the peer takes.
    #expect(connection.write([UInt8](repeating: 1, count: 5000)) == 5000)
    #expect(try #require(script.next()).payload.count == 1440)
  }

  /// No link is narrower than 1280 bytes. Source: RFC 8200, section 5.
  @Test func aPacketThatIsTooLargeForTheWayIsSentInSmallerOnes() throws {
    let script = Script(isIPv6: true)
    let connection = try script.accepted(.init(maximumSegment: 1440))
    #expect(connection.write(Script.pattern(0, 1440)) == 1440)
    try script.expect("P.", 1, 1, count: 1440)
    try complain(script, mtu: 1400)
    try script.expect(".", 1, 1, count: 1340)
    try script.expect("P.", 1341, 1, count: 100)
    try complain(script, mtu: 600)
    try script.expect(".", 1, 1, count: 1220)
  }

  private func complain(_ script: Script, mtu: UInt32) throws {
    guard case .v6(let source) = script.peer, case .v6(let destination) = script.address else {
      return
    }
    var packet = PacketWriter()
    packet.append([2, 0, 0, 0])
    packet.appendBig32(mtu)
    IPv6Header(from: destination, to: source, .tcp, payloadCount: 20).append(to: &packet)
    packet.appendBig16(script.port)
    packet.appendBig16(script.peerPort)
    packet.appendBig32((script.start ?? 0) &+ 1)
    var checksum = InternetChecksum(
      from: script.peer, to: script.address, protocolNumber: 58, count: packet.bytes.count)
    checksum.add(packet.bytes)
    packet.setBig16(checksum.value, at: 2)
    let header = IPv6Header(
      from: source, to: destination, .icmpV6, payloadCount: packet.bytes.count)
    guard case .undelivered(let report) = ICMPv6Message(packet.bytes.span.bytes, header) else {
      throw TCPError.unreachable
    }
    script.host.receive(report, now: script.now)
  }
}
