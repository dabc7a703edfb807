// SPDX-License-Identifier: Apache-2.0

import NetTCP
import NetWire
import Testing
import XenFrontends

@Suite struct RetransmissionTests {
  @Test func whatIsNotAcknowledgedIsSentAgainWithGrowingPauses() throws {
    let (script, _) = try Script.sent(1)
    var pauses: [UInt64] = []
    for _ in 0..<10 {
      let deadline = try #require(script.host.deadline)
      pauses.append((deadline.rawValue - script.now.rawValue) / 1_000_000)
      script.now = deadline
      try script.expect("P.", 1, 1, count: 1000)
      script.expectNothing()
    }
    for (pause, next) in zip(pauses, pauses.dropFirst()) {
      #expect(next == min(60_000, pause * 2))
    }
    #expect(pauses[0] == 200)
    #expect(pauses.last == 60_000)
  }

  @Test func theTimeIsLearntFromWhatTheWayTakes() throws {
    let script = Script()
    let connection = try script.accepted()
    for _ in 0..<40 {
      let place = connection.unacknowledgedCount
      #expect(place == 0)
      _ = connection.write([1])
      let segment = try #require(script.next())
      script.advance(500)
      script.send(".", 1, segment.sequence + 1)
    }
    _ = connection.write([1])
    _ = script.next()
    let wait = (try #require(script.host.deadline).rawValue - script.now.rawValue) / 1_000_000
    #expect((500...600).contains(wait))
  }

  @Test func whatWasSentTwiceIsNoMeasure() throws {
    let (script, connection) = try Script.sent(1)
    script.advance(200)
    try script.expect("P.", 1, 1, count: 1000)
    script.advance(1)
    script.send(".", 1, 1001)
    // The pause stays doubled until something that was sent once is acknowledged: Karn.
    _ = connection.write([1])
    try script.expect("P.", 1001, 1, count: 1)
    let wait = (try #require(script.host.deadline).rawValue - script.now.rawValue) / 1_000_000
    #expect(wait == 400)
  }

  @Test func afterATimeOutTheWindowIsOneSegment() throws {
    let (script, _) = try Script.sent(8)
    script.advance(200)
    try script.expect(".", 1, 1, count: 1000)
    script.expectNothing()
    script.send(".", 1, 1001)
    try script.expect(".", 1001, 1, count: 1000)
    try script.expect(".", 2001, 1, count: 1000)
    script.expectNothing()
    script.send(".", 1, 8001)
    script.expectNothing()
    #expect(script.host.deadline == nil)
  }

  @Test func anAcknowledgmentStartsTheTimerAnew() throws {
    let (script, _) = try Script.sent(2)
    script.advance(150)
    script.send(".", 1, 1001)
    script.advance(100)
    script.expectNothing()
    script.now = try #require(script.host.deadline)
    try script.expect("P.", 1001, 1, count: 1000)
  }

  @Test func aFinIsSentAgain() throws {
    let script = Script()
    let connection = try script.accepted()
    connection.finish()
    try script.expect("F.", 1, 1)
    script.advance(200)
    try script.expect("F.", 1, 1)
    script.send(".", 1, 2)
    #expect(connection.state == .finWait2)
    script.advance(100_000)
    script.expectNothing()
  }

  @Test func aFinGoesWithTheDataAgain() throws {
    let script = Script()
    let connection = try script.accepted()
    _ = connection.write([1, 2, 3])
    connection.finish()
    try script.expect("FP.", 1, 1, count: 3)
    script.advance(200)
    try script.expect("FP.", 1, 1, count: 3)
    script.send(".", 1, 4)
    #expect(connection.state == .finWait1)
    script.now = try #require(script.host.deadline)
    try script.expect("F.", 4, 1)
    script.send(".", 1, 5)
    #expect(connection.state == .finWait2)
  }

  @Test func theUserTimeoutEndsTheConnection() throws {
    let (script, connection) = try Script.sent(1)
    connection.userTimeout = 7000
    let start = script.now
    while connection.state == .established, let deadline = script.host.deadline {
      script.now = deadline
      while script.next() != nil {}
    }
    #expect(connection.failure == .timedOut)
    #expect((6900...7000).contains((script.now.rawValue - start.rawValue) / 1_000_000))
    #expect(script.host.connectionCount == 0)
  }
}
