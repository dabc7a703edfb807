// SPDX-License-Identifier: Apache-2.0

import NetTCP
import NetWire
import Testing
import XenFrontends

/// What ICMP says of segments.
@Suite struct UndeliveredTests {
  private func undelivered(
    _ script: Script, type: UInt8 = 3, code: UInt8, sequence: Int, mtu: UInt16 = 0
  ) throws {
    var inner = PacketWriter()
    IPv4Header(
      from: IPv4Address(10, 0, 0, 1), to: IPv4Address(10, 0, 0, 2), .tcp, payloadCount: 20
    ).append(to: &inner)
    inner.appendBig16(script.port)
    inner.appendBig16(script.peerPort)
    inner.appendBig32((script.start ?? 0) &+ UInt32(truncatingIfNeeded: sequence))
    var packet = PacketWriter()
    packet.append([type, code, 0, 0, 0, 0])
    packet.appendBig16(mtu)
    packet.append(inner.bytes)
    var checksum = InternetChecksum()
    checksum.add(packet.bytes)
    packet.setBig16(checksum.value, at: 2)
    guard case .undelivered(let report) = ICMPMessage(packet.bytes.span.bytes) else {
      throw TCPError.unreachable
    }
    script.host.receive(report, now: script.now)
  }

  @Test(arguments: [2, 3] as [UInt8])
  func anAttemptEndsWhenThePeerHasNoSuchPort(code: UInt8) throws {
    let script = Script()
    let connection = try script.host.connect(
      to: NetEndpoint(script.peer, port: 40000), from: script.address, now: script.now)
    script.port = connection.local.port
    try script.expect("S", 0)
    try undelivered(script, code: code, sequence: 17)
    #expect(connection.state == .synSent)
    try undelivered(script, code: code, sequence: 0)
    #expect(connection.failure == .refused)
    #expect(script.host.connectionCount == 0)
  }

  @Test func anUnreachableHostIsTriedAgainAndTold() throws {
    let script = Script()
    let connection = try script.host.connect(
      to: NetEndpoint(script.peer, port: 40000), from: script.address, now: script.now)
    script.port = connection.local.port
    try script.expect("S", 0)
    try undelivered(script, code: 1, sequence: 0)
    #expect(connection.state == .synSent)
    while connection.state == .synSent, let deadline = script.host.deadline {
      script.now = deadline
      while script.next() != nil {}
    }
    #expect(connection.failure == .unreachable)
  }

  @Test(arguments: [0, 1, 2, 3, 5, 13] as [UInt8])
  func anOpenConnectionIsNotEndedByICMP(code: UInt8) throws {
    let script = Script()
    let connection = try script.accepted()
    _ = connection.write([1, 2, 3])
    try script.expect("P.", 1, 1, count: 3)
    try undelivered(script, code: code, sequence: 1)
    try undelivered(script, type: 11, code: 0, sequence: 1)
    #expect(connection.state == .established)
    script.send(".", 1, 4)
    #expect(connection.unacknowledgedCount == 0)
  }

  @Test func aPacketThatIsTooLargeForTheWayIsSentInSmallerOnes() throws {
    let script = Script()
    let connection = try script.accepted(.init(maximumSegment: 1460))
    #expect(connection.write(Script.pattern(0, 2920)) == 2920)
    try script.expect(".", 1, 1, count: 1460)
    try script.expect("P.", 1461, 1, count: 1460)
    // Not of what is on its way.
    try undelivered(script, code: 4, sequence: 90_000, mtu: 1000)
    try undelivered(script, code: 4, sequence: -1, mtu: 1000)
    script.expectNothing()
    try undelivered(script, code: 4, sequence: 1, mtu: 1000)
    try script.expect(".", 1, 1, count: 960)
    try script.expect(".", 961, 1, count: 960)
    try script.expect(".", 1921, 1, count: 960)
    try script.expect("P.", 2881, 1, count: 40)
    // Larger again, or absurdly small.
    try undelivered(script, code: 4, sequence: 1, mtu: 1400)
    script.expectNothing()
    try undelivered(script, code: 4, sequence: 1, mtu: 68)
    try script.expect(".", 1, 1, count: 512)
  }

  @Test func anInterfaceWithASmallerMTUIsObeyedByOpenConnections() throws {
    let script = Script()
    let connection = try script.accepted(.init(maximumSegment: 1460))
    #expect(connection.write(Script.pattern(0, 1460)) == 1460)
    try script.expect("P.", 1, 1, count: 1460)
    script.host.mtu = 1000
    // What was sent already, too, if it does not arrive.
    script.advance(200)
    try script.expect(".", 1, 1, count: 960)
    script.send(".", 1, 961)
    try script.expect("P.", 961, 1, count: 500)
    script.send(".", 1, 1461)
    script.host.mtu = 9000
    #expect(connection.write(Script.pattern(0, 1460)) == 1460)
    try script.expect("P.", 1461, 1, count: 1460)
  }
}
