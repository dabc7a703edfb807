// SPDX-License-Identifier: Apache-2.0

import NetTCP
import NetWire
import Testing
import XenFrontends

/// What nobody may foresee: cookies, ports, first numbers.
@Suite struct SecrecyTests {
  @Test func aFloodIsAnsweredWithCookies() throws {
    var limits = TCPLimits()
    limits.halfOpen = 10
    let script = Script(limits: limits)
    let listener = try script.host.listen(on: 80, backlog: 100)
    for port in 1...10_000 as ClosedRange<UInt16> {
      script.peerPort = port
      script.start = nil
      script.send("S", options: .all)
      script.send("S", options: .all)
      while script.next() != nil {}
    }
    #expect(script.host.connectionCount == 10)
    #expect(script.host.statistics.cookiesSent >= 9990)
    #expect(script.host.bufferBytes == 0)
    // A peer that is none of them.
    script.peerPort = 20_000
    script.start = nil
    script.send("S", options: .all)
    let answer = try script.expect("S.", 0, 1)
    #expect(answer.options.maximumSegment == 1460)
    #expect(answer.options.sack)
    #expect(answer.options.timestamp?.echo == 1000)
    var later = script.later(.all, answer)
    later.timestamp?.value = 1001
    script.send("P.", 1, 1, count: 50, options: later)
    let connection = try #require(listener.accept())
    #expect(connection.state == .established)
    #expect(connection.read(atMost: 100) == Script.pattern(1, 50))
    // Size, window shift, SACK and timestamps are known from the cookie.
    script.send(".", 2000, 1, count: 10, options: later)
    let said = try script.expect(".", 1, 51)
    #expect(said.options.blocks == [2000..<2010])
    #expect(said.options.timestamp != nil)
    #expect(connection.write([UInt8](repeating: 1, count: 5000)) == 5000)
    #expect(try #require(script.next()).payload.count == 1448 - 12)
  }

  @Test func aCookieIsGoodForAWhileAndForItsPeer() throws {
    var limits = TCPLimits()
    limits.halfOpen = 0
    let script = Script(limits: limits)
    let listener = try script.host.listen(on: 80, backlog: 100)
    script.send("S", options: .plain)
    try script.expect("S.", 0, 1)
    // Another number, another port. No reset: these may have overtaken what is right.
    script.send(".", 1, 2)
    script.send(".", 2, 1)
    script.send("P.", 3, 1, count: 5)
    script.peerPort += 1
    script.send(".", 1, 1)
    script.peerPort -= 1
    script.expectNothing()
    #expect(listener.accept() == nil)
    script.advance(130_000)
    script.send(".", 1, 1)
    try script.expect("R", 1)
    #expect(listener.accept() == nil)
    script.start = nil
    script.send("S", options: .plain)
    try script.expect("S.", 0, 1)
    script.advance(30_000)
    script.send(".", 1, 1)
    script.expectNothing()
    #expect(listener.accept()?.state == .established)
    #expect(script.host.statistics.cookiesAccepted == 1)
  }

  @Test func portsAreRandomAndDistinct() throws {
    var limits = TCPLimits()
    limits.connections = 300
    let script = Script(limits: limits)
    var ports: [UInt16] = []
    for _ in 0..<300 {
      let connection = try script.host.connect(
        to: NetEndpoint(script.peer, port: 80), from: script.address, now: script.now)
      ports.append(connection.local.port)
    }
    #expect(Set(ports).count == 300)
    #expect(ports.allSatisfy { $0 >= 32768 && $0 < 61000 })
    let steps = zip(ports, ports.dropFirst()).filter { $1 &- $0 == 1 }.count
    #expect(steps < 5)
  }

  @Test func firstNumbersAreNotForeseen() throws {
    var numbers: Set<UInt32> = []
    for secret in 0..<50 as Range<UInt64> {
      let host = TCPHost(secret: (secret, 1))
      let script = Script()
      let connection = try host.connect(
        to: NetEndpoint(script.peer, port: 80), from: script.address, now: script.now)
      _ = connection
      let output = try #require(host.nextSegment(now: script.now))
      numbers.insert(output.bytes.span.bytes.big32(4))
    }
    #expect(numbers.count == 50)
  }

  @Test func firstNumbersOfOneFlowGrowWithTheTime() throws {
    // Source: RFC 6528: the same two ends again, later.
    let script = Script()
    _ = try script.host.listen(on: 80, backlog: 10)
    var last: UInt32?
    for _ in 0..<20 {
      script.start = nil
      script.send("S", options: .plain)
      try script.expect("S.", 0, 1)
      let number = try #require(script.start)
      if let last { #expect(number &- last == 2500) }
      last = number
      script.send("R", 1)
      script.expectNothing()
      script.advance(10)
    }
  }
}
