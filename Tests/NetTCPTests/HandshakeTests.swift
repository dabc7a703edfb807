// SPDX-License-Identifier: Apache-2.0

import NetTCP
import NetWire
import Testing
import XenFrontends

@Suite struct HandshakeTests {
  @Test func aPeerOpensAConnection() throws {
    let script = Script()
    let listener = try script.host.listen(on: 80, backlog: 8)
    script.send("S", options: .all)
    let answer = try script.expect("S.", 0, 1, window: 65535)
    #expect(answer.options.maximumSegment == 1460)
    #expect(answer.options.shift == 3)
    #expect(answer.options.sack)
    #expect(answer.options.timestamp?.echo == 1000)
    #expect(listener.accept() == nil)
    script.send(".", 1, 1, options: script.later(.all, answer))
    script.expectNothing()
    let connection = try #require(listener.accept())
    #expect(connection.state == .established)
    #expect(connection.remote == NetEndpoint(script.peer, port: 40000))
    #expect(connection.local == NetEndpoint(script.address, port: 80))
  }

  @Test func optionsThatThePeerDoesNotHaveAreNotUsed() throws {
    let script = Script()
    _ = try script.host.listen(on: 80, backlog: 8)
    script.send("S")
    let answer = try script.expect("S.", 0, 1)
    #expect(answer.options == ScriptOptions(maximumSegment: 1460))
  }

  @Test func theHostOpensAConnection() throws {
    let script = Script()
    let connection = try script.connected(.all)
    #expect(connection.state == .established)
    #expect(connection.isWritable)
  }

  @Test func aClosedPortRefuses() throws {
    let script = Script()
    script.send("S", options: .all)
    script.start = 0
    let reset = try script.expect("R.", 0, 1)
    #expect(reset.window == 0)
    script.send(".", 1, 77)
    try script.expect("R", 77)
    script.send("R", 1)
    script.send("R.", 1, 5)
    script.expectNothing()
    // A FIN and data count in what is acknowledged.
    script.send("SF", 10, count: 5)
    try script.expect("R.", 0, 17)
  }

  @Test func aSynThatComesAgainIsAnsweredAgain() throws {
    let script = Script()
    _ = try script.host.listen(on: 80, backlog: 8)
    script.send("S", options: .plain)
    try script.expect("S.", 0, 1)
    script.send("S", options: .plain)
    try script.expect("S.", 0, 1)
    #expect(script.host.connectionCount == 1)
  }

  @Test func anAnswerIsSentAgainAndGivenUp() throws {
    let script = Script()
    let listener = try script.host.listen(on: 80, backlog: 8)
    script.send("S", options: .plain)
    try script.expect("S.", 0, 1)
    script.advance(1000)
    try script.expect("S.", 0, 1)
    script.advance(60_000)
    script.expectNothing()
    #expect(script.host.connectionCount == 0)
    #expect(listener.accept() == nil)
    #expect(script.host.deadline == nil)
  }

  @Test(arguments: [0, 2, -1, 1_000_000])
  func aWrongAcknowledgmentOfAnAnswerIsReset(wrong: Int) throws {
    let script = Script()
    let listener = try script.host.listen(on: 80, backlog: 8)
    script.send("S", options: .plain)
    try script.expect("S.", 0, 1)
    script.send(".", 1, wrong)
    try script.expect("R", wrong)
    #expect(listener.accept() == nil)
    script.send(".", 1, 1)
    #expect(listener.accept() != nil)
  }

  @Test func aResetEndsAHalfOpenConnection() throws {
    let script = Script()
    let listener = try script.host.listen(on: 80, backlog: 1)
    script.send("S", options: .plain)
    try script.expect("S.", 0, 1)
    // Not the next number: RFC 5961.
    script.send("R", 100)
    try script.expect(".", 1, 1)
    script.send("R", 1)
    script.expectNothing()
    #expect(script.host.connectionCount == 0)
    // The place is free again.
    script.start = nil
    script.send("S", options: .plain)
    try script.expect("S.", 0, 1)
    #expect(listener.accept() == nil)
  }

  @Test func whatIsNoSynDoesNotBegin() throws {
    let script = Script()
    _ = try script.host.listen(on: 80, backlog: 8)
    script.start = 0
    script.send("R", 0)
    script.send("", 0)
    script.send("F", 0)
    script.send("SF", 0)
    script.expectNothing()
    script.send(".", 0, 33)
    try script.expect("R", 33)
    script.send("S.", 0, 34)
    try script.expect("R", 34)
    #expect(script.host.connectionCount == 0)
  }

  @Test func peersThatCannotBeAreIgnored() throws {
    let script = Script()
    _ = try script.host.listen(on: 80, backlog: 8)
    let syn = script.bytes(ScriptSegment(flags: "S"))
    for address in [
      IPv4Address(224, 0, 0, 1), IPv4Address(255, 255, 255, 255), IPv4Address(127, 0, 0, 1),
      IPv4Address(0, 0, 0, 0),
    ] {
      script.host.receive(
        syn.span.bytes, from: .v4(address), to: script.address, isVerified: true, now: script.now)
      script.host.receive(
        syn.span.bytes, from: script.peer, to: .v4(address), isVerified: true, now: script.now)
    }
    script.expectNothing()
    #expect(script.host.statistics.malformed == 8)
    #expect(throws: TCPError.unusableAddress) {
      _ = try script.host.connect(
        to: NetEndpoint(.v4(IPv4Address(224, 0, 0, 9)), port: 80), from: script.address,
        now: script.now)
    }
  }
}
