// SPDX-License-Identifier: Apache-2.0

import NetTCP
import NetWire
import Testing
import XenFrontends

/// Connections that the host began.
@Suite struct SynSentTests {
  @Test func aSynCarriesAllOptionsAndItsWindow() throws {
    let script = Script()
    let connection = try script.host.connect(
      to: NetEndpoint(script.peer, port: 40000), from: script.address, now: script.now)
    script.port = connection.local.port
    #expect(script.port >= 32768)
    let syn = try script.expect("S", 0, window: 65535)
    #expect(syn.options.maximumSegment == 1460)
    #expect(syn.options.shift == 3)
    #expect(syn.options.sack)
    #expect(syn.options.timestamp != nil)
  }

  @Test func aSynIsSentAgainForThreeMinutes() throws {
    let script = Script()
    let connection = try script.host.connect(
      to: NetEndpoint(script.peer, port: 40000), from: script.address, now: script.now)
    script.port = connection.local.port
    try script.expect("S", 0)
    var count = 0
    let start = script.now
    while connection.state == .synSent, let deadline = script.host.deadline {
      script.now = deadline
      while let segment = script.next() {
        #expect(segment.flags == "S")
        count += 1
      }
    }
    #expect(connection.failure == .timedOut)
    #expect(count >= 7)
    #expect(script.now.rawValue - start.rawValue == 180_000_000_000)
    #expect(script.host.connectionCount == 0)
    #expect(script.host.deadline == nil)
  }

  @Test func aRefusalEndsTheAttempt() throws {
    let script = Script()
    let connection = try script.host.connect(
      to: NetEndpoint(script.peer, port: 40000), from: script.address, now: script.now)
    script.port = connection.local.port
    try script.expect("S", 0)
    // Of something that was never sent.
    script.send("R.", 0, 2)
    script.send("R.", 0, 0)
    script.send("R", 0)
    #expect(connection.state == .synSent)
    script.send("R.", 0, 1)
    script.expectNothing()
    #expect(connection.state == .closed)
    #expect(connection.failure == .refused)
    #expect(script.host.connectionCount == 0)
  }

  @Test func aWrongAcknowledgmentOfASynIsReset() throws {
    let script = Script()
    let connection = try script.host.connect(
      to: NetEndpoint(script.peer, port: 40000), from: script.address, now: script.now)
    script.port = connection.local.port
    try script.expect("S", 0)
    for wrong in [0, 2, 100_000] {
      script.send("S.", 0, wrong)
      try script.expect("R", wrong)
      #expect(connection.state == .synSent)
    }
    // A half-open peer is told, and the SYN goes on.
    script.send(".", 55, 99)
    try script.expect("R", 99)
    script.advance(1000)
    try script.expect("S", 0)
    script.send("S.", 0, 1)
    try script.expect(".", 1, 1)
    #expect(connection.state == .established)
  }

  @Test func bothSidesMayBegin() throws {
    let script = Script()
    let connection = try script.host.connect(
      to: NetEndpoint(script.peer, port: 40000), from: script.address, now: script.now)
    script.port = connection.local.port
    try script.expect("S", 0)
    script.send("S", 0, options: .plain)
    try script.expect("S.", 0, 1)
    #expect(connection.state == .synReceived)
    script.send("S.", 0, 1, options: .plain)
    #expect(connection.state == .established)
    script.send("P.", 1, 1, count: 10)
    #expect(connection.readableCount == 10)
  }

  @Test func whatIsWrittenBeforeTheAnswerIsSentAfterIt() throws {
    let script = Script()
    let connection = try script.host.connect(
      to: NetEndpoint(script.peer, port: 40000), from: script.address, now: script.now)
    script.port = connection.local.port
    #expect(connection.write(Array("hello".utf8)) == 5)
    try script.expect("S", 0)
    script.expectNothing()
    script.send("S.", 0, 1, options: .plain)
    let data = try script.expect("P.", 1, 1, count: 5)
    #expect(data.payload == Array("hello".utf8))
  }

  @Test func dataWithTheSynAndItsAnswerIsTaken() throws {
    let script = Script()
    let connection = try script.host.connect(
      to: NetEndpoint(script.peer, port: 40000), from: script.address, now: script.now)
    script.port = connection.local.port
    try script.expect("S", 0)
    script.send("S.", 0, 1, payload: [1, 2, 3], options: .plain)
    try script.expect(".", 1, 4)
    #expect(connection.read(atMost: 10) == [1, 2, 3])
  }
}
