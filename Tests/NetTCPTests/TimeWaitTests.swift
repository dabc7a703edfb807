// SPDX-License-Identifier: Apache-2.0

import NetTCP
import NetWire
import Testing
import XenFrontends

@Suite struct TimeWaitTests {
  @Test func theHostEndsFirst() throws {
    let script = Script()
    let connection = try script.accepted()
    connection.finish()
    try script.expect("F.", 1, 1)
    #expect(connection.write([1]) == 0)
    script.send(".", 1, 2)
    #expect(connection.state == .finWait2)
    script.send("P.", 1, 2, count: 10)
    #expect(connection.read(atMost: 10).count == 10)
    script.send("F.", 11, 2)
    #expect(connection.state == .timeWait)
    #expect(connection.isAtEnd)
    try script.expect(".", 2, 12)
    #expect(script.host.connectionCount == 0)
    #expect(script.host.timeWaitCount == 1)
    // The peer did not hear it.
    script.advance(30_000)
    script.send("F.", 11, 2)
    try script.expect(".", 2, 12)
    script.advance(59_000)
    script.expectNothing()
    #expect(script.host.timeWaitCount == 1)
    script.advance(2000)
    script.expectNothing()
    #expect(script.host.timeWaitCount == 0)
  }

  @Test func aResetInTimeWaitChangesNothing() throws {
    let script = Script()
    try endInTimeWait(script)
    script.send("R", 2)
    script.expectNothing()
    #expect(script.host.timeWaitCount == 1)
  }

  @Test func aNewConnectionTakesThePlaceOfTheOldOne() throws {
    let script = Script()
    let listener = try endInTimeWait(script)
    // Not behind the old one.
    script.send("S", 0)
    try script.expect(".", 2, 2)
    #expect(script.host.timeWaitCount == 1)
    let old = script.start ?? 0
    script.start = nil
    script.send("S", 10)
    try script.expect("S.", 0, 11)
    #expect(script.host.timeWaitCount == 0)
    #expect(Int32(bitPattern: (script.start ?? 0) &- old) > 2)
    script.send(".", 11, 1)
    #expect(listener.accept() != nil)
  }

  @discardableResult
  private func endInTimeWait(_ script: Script) throws -> TCPListener {
    let listener = try script.host.listen(on: 80, backlog: 8)
    script.send("S", options: .plain)
    try script.expect("S.", 0, 1)
    script.send(".", 1, 1)
    let connection = try #require(listener.accept())
    connection.finish()
    try script.expect("F.", 1, 1)
    script.send("F.", 1, 2)
    try script.expect(".", 2, 2)
    #expect(script.host.timeWaitCount == 1)
    return listener
  }

  @Test func timeWaitIsBounded() throws {
    var limits = TCPLimits()
    limits.timeWait = 10
    let script = Script(limits: limits)
    let listener = try script.host.listen(on: 80, backlog: 8)
    for port in 1...50 as ClosedRange<UInt16> {
      script.peerPort = port
      script.start = nil
      script.send("S", options: .plain)
      try script.expect("S.", 0, 1)
      script.send(".", 1, 1)
      let connection = try #require(listener.accept())
      connection.close()
      try script.expect("F.", 1, 1)
      script.send("F.", 1, 2)
      try script.expect(".", 2, 2)
    }
    #expect(script.host.timeWaitCount == 10)
    #expect(script.host.connectionCount == 0)
    script.advance(60_001)
    script.expectNothing()
    #expect(script.host.timeWaitCount == 0)
  }
}
