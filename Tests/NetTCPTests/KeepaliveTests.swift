// SPDX-License-Identifier: Apache-2.0

import NetTCP
import NetWire
import Testing
import XenFrontends

@Suite struct KeepaliveTests {
  private func connection(_ script: Script) throws -> TCPConnection {
    let connection = try script.accepted()
    var keepalive = TCPKeepalive()
    keepalive.idleSeconds = 10
    keepalive.intervalSeconds = 2
    keepalive.questions = 3
    connection.keepalive = keepalive
    script.expectNothing()
    return connection
  }

  @Test func byDefaultASilentPeerIsLeftInPeace() throws {
    let script = Script()
    let connection = try script.accepted()
    script.expectNothing()
    #expect(script.host.deadline == nil)
    #expect(connection.keepalive == nil)
    #expect(TCPKeepalive().idleSeconds == 7200)
  }

  @Test func aSilentPeerIsAsked() throws {
    let script = Script()
    let connection = try connection(script)
    for _ in 0..<20 {
      script.advance(10_000)
      try script.expect(".", 0, 1)
      script.expectNothing()
      script.send(".", 1, 1)
    }
    #expect(connection.state == .established)
  }

  @Test func aPeerThatDoesNotAnswerIsGone() throws {
    let script = Script()
    let connection = try connection(script)
    script.advance(10_000)
    try script.expect(".", 0, 1)
    script.advance(2000)
    try script.expect(".", 0, 1)
    script.advance(2000)
    try script.expect(".", 0, 1)
    #expect(connection.state == .established)
    script.advance(2000)
    try script.expect("R.", 1, 1)
    #expect(connection.failure == .timedOut)
    #expect(script.host.connectionCount == 0)
    #expect(script.host.deadline == nil)
  }

  /// What streams of an appliance begin with: a peer that has vanished is noticed after 120 and 4 times 30 seconds.
  @Test func anAttentiveHostFreesAConnectionAfterFourMinutes() throws {
    let script = Script()
    let connection = try script.accepted()
    connection.keepalive = .attentive
    script.expectNothing()
    script.advance(119_999)
    script.expectNothing()
    script.advance(1)
    for _ in 0..<4 {
      try script.expect(".", 0, 1)
      script.advance(29_999)
      script.expectNothing()
      script.advance(1)
    }
    try script.expect("R.", 1, 1)
    #expect(connection.failure == .timedOut)
    #expect(script.host.connectionCount == 0 && script.host.bufferBytes == 0)
  }

  /// Who does not see the connection knows neither what was sent nor what is expected.
  @Test func segmentsThatDoNotFitAreNoSignOfLife() throws {
    let script = Script()
    let connection = try connection(script)
    script.advance(9000)
    for (sequence, acknowledgment) in [(1, 5000), (1, -900_000), (900_000, 1), (-900_000, 1)] {
      script.send(".", sequence, acknowledgment, count: 1)
      while let answer = script.next() { #expect(answer.flags == "." && answer.sequence == 1) }
    }
    #expect(!connection.isReadable)
    script.advance(1000)
    try script.expect(".", 0, 1)
    script.send(".", 1, 5000)
    try script.expect(".", 1, 1)
    for _ in 0..<2 {
      script.advance(2000)
      try script.expect(".", 0, 1)
    }
    script.advance(2000)
    try script.expect("R.", 1, 1)
    #expect(connection.failure == .timedOut)
  }

  @Test func aPeerThatTalksIsNotAsked() throws {
    let script = Script()
    let connection = try connection(script)
    for step in 0..<10 {
      script.advance(9000)
      script.send(".", 1 + step, 1, count: 1)
      script.advance(40)
      try script.expect(".", 1, 2 + step)
    }
    script.advance(9000)
    script.expectNothing()
    connection.keepalive = nil
    script.expectNothing()
    script.advance(100_000)
    script.expectNothing()
    #expect(script.host.deadline == nil)
  }

  @Test func aQuestionIsAnswered() throws {
    let script = Script()
    _ = try script.accepted()
    script.send(".", 0, 1)
    try script.expect(".", 1, 1)
    // Of old stacks: with a byte.
    script.send(".", 0, 1, count: 1)
    try script.expect(".", 1, 1)
  }
}
