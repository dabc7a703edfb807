// SPDX-License-Identifier: Apache-2.0

import NetTCP
import NetWire
import Testing
import XenFrontends

@Suite struct ClosingTests {
  @Test func thePeerEndsFirst() throws {
    let script = Script()
    let connection = try script.accepted()
    script.send("FP.", 1, 1, count: 5)
    #expect(connection.state == .closeWait)
    #expect(!connection.isAtEnd)
    #expect(connection.read(atMost: 10).count == 5)
    #expect(connection.isAtEnd)
    try script.expect(".", 1, 7)
    // The other direction goes on.
    #expect(connection.write([1, 2]) == 2)
    try script.expect("P.", 1, 7, count: 2)
    script.send(".", 7, 3)
    connection.finish()
    #expect(connection.state == .lastAcknowledgment)
    try script.expect("F.", 3, 7)
    // Not of the FIN.
    script.send(".", 7, 3)
    #expect(connection.state == .lastAcknowledgment)
    script.send(".", 7, 4)
    #expect(connection.state == .closed)
    #expect(connection.failure == nil)
    #expect(script.host.connectionCount == 0)
    #expect(script.host.timeWaitCount == 0)
    #expect(script.host.deadline == nil)
  }

  @Test func bothEndAtOnce() throws {
    let script = Script()
    let connection = try script.accepted()
    connection.finish()
    try script.expect("F.", 1, 1)
    script.send("F.", 1, 1)
    #expect(connection.state == .closing)
    try script.expect(".", 2, 2)
    script.send(".", 2, 2)
    #expect(connection.state == .timeWait)
    script.expectNothing()
  }

  @Test func aFinThatAlsoAcknowledgesTheHosts() throws {
    let script = Script()
    let connection = try script.accepted()
    connection.finish()
    try script.expect("F.", 1, 1)
    script.send("F.", 1, 2)
    #expect(connection.state == .timeWait)
    try script.expect(".", 2, 2)
  }

  @Test func aFinBehindAGapWaits() throws {
    let script = Script()
    let connection = try script.accepted()
    script.send("F.", 11, 1, count: 10)
    #expect(connection.state == .established)
    try script.expect(".", 1, 1)
    script.send(".", 1, 1, count: 10)
    #expect(connection.state == .closeWait)
    try script.expect(".", 1, 22)
    #expect(connection.read(atMost: 100) == Script.pattern(1, 20))
  }

  @Test func dataIsSentBeforeTheFin() throws {
    let script = Script()
    let connection = try script.accepted()
    #expect(connection.write([UInt8](repeating: 1, count: 2500)) == 2500)
    connection.finish()
    try script.expect(".", 1, 1, count: 1000)
    try script.expect(".", 1001, 1, count: 1000)
    try script.expect("FP.", 2001, 1, count: 500)
    #expect(connection.state == .finWait1)
    script.send(".", 1, 2501)
    #expect(connection.state == .finWait1)
    script.send(".", 1, 2502)
    #expect(connection.state == .finWait2)
  }

  @Test func oldSegmentsInEveryClosingStateAreAnswered() throws {
    for state in [TCPState.finWait1, .finWait2, .closing, .closeWait, .lastAcknowledgment] {
      let script = Script()
      let connection = try script.accepted()
      var next = 1
      if state == .closeWait || state == .lastAcknowledgment {
        script.send("F.", 1, 1)
        next = 2
        try script.expect(".", 1, 2)
      }
      if state != .closeWait {
        connection.finish()
        try script.expect("F.", 1, next)
      }
      if state == .finWait2 { script.send(".", 1, 2) }
      if state == .closing {
        script.send("F.", 1, 1)
        next = 2
        try script.expect(".", 2, 2)
      }
      #expect(connection.state == state)
      let own = state == .closeWait ? 1 : 2
      // Behind the window, before it, and an acknowledgment of what was never sent.
      script.send(".", next + 70_000, 1, count: 5)
      try script.expect(".", own, next)
      script.send(".", -5, 1, count: 5)
      try script.expect(".", own, next)
      script.send(".", next, 500)
      try script.expect(".", own, next)
      #expect(connection.state == state)
      script.send("R", next)
      #expect(connection.state == .closed)
      #expect(script.host.connectionCount == 0)
    }
  }

  @Test func aConnectionThatNobodyHasEndsWhenDataComes() throws {
    let script = Script()
    let connection = try script.accepted()
    connection.close()
    try script.expect("F.", 1, 1)
    script.send(".", 1, 2)
    script.send("P.", 1, 2, count: 5)
    try script.expect("R.", 2, 1)
    #expect(script.host.connectionCount == 0)
  }

  @Test func aConnectionThatNobodyHasDoesNotWaitForEver() throws {
    let script = Script()
    let connection = try script.accepted()
    connection.close()
    try script.expect("F.", 1, 1)
    script.send(".", 1, 2)
    #expect(connection.state == .finWait2)
    script.advance(59_000)
    script.expectNothing()
    #expect(script.host.connectionCount == 1)
    script.advance(2000)
    script.expectNothing()
    #expect(script.host.connectionCount == 0)
    #expect(script.host.deadline == nil)
  }

  @Test func aHalfClosedConnectionWaitsForEver() throws {
    let script = Script()
    let connection = try script.accepted()
    connection.finish()
    try script.expect("F.", 1, 1)
    script.send(".", 1, 2)
    script.advance(1_000_000)
    script.expectNothing()
    #expect(connection.state == .finWait2)
    #expect(script.host.deadline == nil)
  }

  @Test func whatWasWrittenIsSentAfterClose() throws {
    let script = Script()
    let connection = try script.accepted()
    script.send("P.", 1, 1, count: 7)
    #expect(connection.write([1, 2, 3]) == 3)
    connection.close()
    #expect(connection.readableCount == 0)
    try script.expect("FP.", 1, 8, count: 3)
    script.send("F.", 8, 5)
    try script.expect(".", 5, 9)
    #expect(script.host.timeWaitCount == 1)
  }

  @Test func abortResetsAtOnce() throws {
    let script = Script()
    let connection = try script.accepted()
    _ = connection.write([1, 2, 3])
    connection.abort()
    try script.expect("R.", 1, 1)
    script.expectNothing()
    #expect(connection.failure == .aborted)
    #expect(script.host.connectionCount == 0)
    #expect(script.host.bufferBytes == 0)
  }

  @Test func anAttemptIsGivenUpWithoutAWord() throws {
    let script = Script()
    let connection = try script.host.connect(
      to: NetEndpoint(script.peer, port: 40000), from: script.address, now: script.now)
    script.port = connection.local.port
    try script.expect("S", 0)
    connection.close()
    script.expectNothing()
    #expect(script.host.connectionCount == 0)
    script.send("S.", 0, 1)
    try script.expect("R", 1)
  }

  /// Nobody hears of it: there is no way to the peers.
  @Test func connectionsOfALostAddressEnd() throws {
    let script = Script()
    let connection = try script.accepted()
    script.send("P.", 1, 1, count: 3)
    #expect(connection.write([1, 2, 3]) == 3)
    script.host.lose(.v4(IPv4Address(10, 0, 0, 9)))
    #expect(connection.state == .established)
    let attempt = try script.host.connect(
      to: NetEndpoint(script.peer, port: 9), from: script.address, now: script.now)
    script.host.lose(script.address)
    #expect(connection.failure == .addressLost && attempt.failure == .addressLost)
    script.expectNothing()
    #expect(script.host.connectionCount == 0 && script.host.deadline == nil)
    #expect(connection.write([1]) == 0)
    #expect(connection.read(atMost: 10).count == 3 && connection.isAtEnd)
    #expect(script.host.bufferBytes == 0)
    // The next one does not suffer.
    script.peerPort = 41000
    script.start = nil
    script.send("S", options: .plain)
    try script.expect("S.", 0, 1)
  }
}
