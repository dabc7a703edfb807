// SPDX-License-Identifier: Apache-2.0

import NetTCP
import NetWire
import Testing
import XenFrontends

/// Segments that do not fit an open connection. Sources: RFC 5961, RFC 7323.
@Suite struct ChallengeTests {
  @Test func aResetEndsTheConnectionOnlyAtTheExactPlace() throws {
    let script = Script()
    let connection = try script.accepted()
    script.send("R", 2)
    try script.expect(".", 1, 1)
    script.send("R", 60_000)
    try script.expect(".", 1, 1)
    script.send("R", 0)
    script.send("R", 70_000)
    script.expectNothing()
    #expect(connection.state == .established)
    script.send("R", 1)
    script.expectNothing()
    #expect(connection.state == .closed)
    #expect(connection.failure == .reset)
    #expect(connection.isAtEnd)
    #expect(connection.write([1]) == 0)
    #expect(script.host.connectionCount == 0)
    #expect(script.host.deadline == nil)
  }

  @Test(arguments: [0, 1, 500, 70_000])
  func aSynInAnOpenConnectionIsAnsweredWithAnAcknowledgment(place: Int) throws {
    let script = Script()
    let connection = try script.accepted()
    script.send("S", place, options: .plain)
    try script.expect(".", 1, 1)
    script.send("S.", place, 1, options: .plain)
    try script.expect(".", 1, 1)
    #expect(connection.state == .established)
  }

  @Test func challengesAreFew() throws {
    var limits = TCPLimits()
    limits.challengesPerSecond = 5
    let script = Script(limits: limits)
    _ = try script.accepted()
    for _ in 0..<100 {
      script.send("S", 1)
      script.send("R", 9)
      script.send(".", 1, 4_000_000)
      script.send(".", 100_000, 1)
    }
    var count = 0
    while script.next() != nil { count += 1 }
    // One segment answers all that came before it was sent.
    #expect(count == 1)
    for _ in 0..<100 {
      script.send("S", 1)
      while script.next() != nil { count += 1 }
    }
    #expect(count <= 5)
    script.advance(1000)
    script.send("S", 1)
    try script.expect(".", 1, 1)
  }

  @Test func anAcknowledgmentOfWhatWasNotSentIsAnswered() throws {
    let script = Script()
    let connection = try script.accepted()
    #expect(connection.write([1, 2, 3]) == 3)
    try script.expect("P.", 1, 1, count: 3)
    script.send("P.", 1, 5, count: 10)
    try script.expect(".", 4, 1)
    #expect(!connection.isReadable)
    // Far too old: RFC 5961.
    script.send("P.", 1, -70_000, count: 10)
    try script.expect(".", 4, 1)
    #expect(!connection.isReadable)
    // Only a little old.
    script.send("P.", 1, 0, count: 10)
    #expect(connection.readableCount == 10)
  }

  @Test func withoutAnAcknowledgmentNothingIsTaken() throws {
    let script = Script()
    let connection = try script.accepted()
    script.send("P", 1, count: 10)
    script.send("F", 1)
    script.expectNothing()
    #expect(connection.state == .established)
    #expect(!connection.isReadable)
  }

  @Test func oldTimestampsAreRefused() throws {
    let script = Script()
    var options = ScriptOptions.all
    let connection = try script.connected(options)
    func timestamp(_ value: UInt32) -> ScriptOptions {
      ScriptOptions(timestamp: ScriptTimestamp(value, 0))
    }
    script.send(".", 1, 1, count: 10, options: timestamp(2000))
    #expect(connection.readableCount == 10)
    script.send(".", 11, 1, count: 10, options: timestamp(999))
    try script.expect(".", 1, 11)
    #expect(connection.readableCount == 10)
    // Without one, when both have them: RFC 7323, section 3.2.
    script.send(".", 11, 1, count: 10)
    #expect(connection.readableCount == 10)
    script.send(".", 11, 1, count: 10, options: timestamp(2000))
    #expect(connection.readableCount == 20)
    // After 24 days the clock may have gone round.
    script.advance(25 * 24 * 3_600_000)
    _ = script.next()
    script.send(".", 21, 1, count: 10, options: timestamp(1500))
    #expect(connection.readableCount == 30)
    options.timestamp = nil
    script.send("R", 31)
    #expect(connection.failure == .reset)
  }

  @Test func theEchoIsTheTimestampOfWhatIsAcknowledged() throws {
    let script = Script()
    _ = try script.connected(.all)
    script.send(".", 1001, 1, count: 1000, options: .init(timestamp: .init(5000, 0)))
    #expect(try script.expect(".", 1, 1).options.timestamp?.echo == 1000)
    script.send(".", 1, 1, count: 1000, options: .init(timestamp: .init(5001, 0)))
    #expect(try script.expect(".", 1, 2001).options.timestamp?.echo == 5001)
  }
}
