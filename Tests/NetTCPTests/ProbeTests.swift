// SPDX-License-Identifier: Apache-2.0

import NetTCP
import NetWire
import Testing
import XenFrontends

/// Peers without a window.
@Suite struct ProbeTests {
  @Test func aZeroWindowIsProbedWithGrowingPauses() throws {
    let script = Script()
    let connection = try script.accepted()
    script.send(".", 1, 1, window: 0)
    #expect(connection.write(Script.pattern(0, 3000)) == 3000)
    script.expectNothing()
    var pauses: [UInt64] = []
    for _ in 0..<8 {
      let deadline = try #require(script.host.deadline)
      pauses.append((deadline.rawValue - script.now.rawValue) / 1_000_000)
      script.now = deadline
      try script.expect(".", 1, 1, count: 1)
      script.expectNothing()
      script.send(".", 1, 1, window: 0)
    }
    #expect(zip(pauses, pauses.dropFirst()).allSatisfy { $0 <= $1 })
    #expect((pauses.last ?? 0) >= 10_000)
    // As long as the peer answers, the connection stays.
    for _ in 0..<100 {
      script.now = try #require(script.host.deadline)
      try script.expect(".", 1, 1, count: 1)
      script.send(".", 1, 1, window: 0)
    }
    #expect(script.now.rawValue > 3_600_000_000_000)
    #expect(connection.state == .established)
    script.send(".", 1, 1, window: 10_000)
    for place in 0..<2 { try script.expect(".", 1 + place * 1000, 1, count: 1000) }
    try script.expect("P.", 2001, 1, count: 1000)
  }

  @Test func aProbeThatIsTakenCounts() throws {
    let script = Script()
    let connection = try script.accepted()
    script.send(".", 1, 1, window: 0)
    #expect(connection.write(Script.pattern(0, 100)) == 100)
    script.expectNothing()
    script.now = try #require(script.host.deadline)
    try script.expect(".", 1, 1, count: 1)
    script.send(".", 1, 2, window: 0)
    script.expectNothing()
    #expect(connection.unacknowledgedCount == 99)
    script.send(".", 1, 2, window: 500)
    let rest = try script.expect("P.", 2, 1, count: 99)
    #expect(rest.payload == Script.pattern(1, 99))
  }

  @Test func aProbeWithoutAnAnswerEndsTheConnectionInTime() throws {
    let script = Script()
    let connection = try script.accepted()
    connection.userTimeout = 20_000
    script.send(".", 1, 1, window: 0)
    _ = connection.write([1])
    script.expectNothing()
    var last = 0
    while connection.state == .established, let deadline = script.host.deadline {
      script.now = deadline
      while let segment = script.next() { last = segment.flags == "R." ? 1 : 0 }
    }
    #expect(connection.failure == .timedOut)
    #expect(last == 1)
  }

  @Test func aFinWaitsForTheWindowAndIsProbed() throws {
    let script = Script()
    let connection = try script.accepted()
    script.send(".", 1, 1, window: 0)
    connection.finish()
    script.expectNothing()
    script.now = try #require(script.host.deadline)
    try script.expect("F.", 1, 1)
    script.send(".", 1, 2, window: 0)
    #expect(connection.state == .finWait2)
  }

  @Test func aWindowThatShrinksIsProbedAndWhatIsBeyondItIsNoFailure() throws {
    let script = Script()
    let connection = try script.accepted()
    #expect(connection.write(Script.pattern(0, 4000)) == 4000)
    for place in 0..<3 { try script.expect(".", 1 + place * 1000, 1, count: 1000) }
    try script.expect("P.", 3001, 1, count: 1000)
    script.send(".", 1, 1001, window: 0)
    for _ in 0..<60 {
      script.now = try #require(script.host.deadline)
      while script.next() != nil {}
      script.send(".", 1, 1001, window: 0)
    }
    #expect(script.now.rawValue > 600_000_000_000)
    #expect(connection.state == .established)
    script.send(".", 1, 1001, window: 8000)
    var received = Set<Int>()
    for _ in 0..<10 {
      while let segment = script.next() {
        received.formUnion(segment.sequence..<(segment.sequence + segment.payload.count))
      }
      let end = (1001...).first { !received.contains($0) } ?? 0
      script.send(".", 1, end, window: 8000)
      if end == 4001 { break }
      script.now = script.host.deadline ?? script.now
    }
    #expect(connection.unacknowledgedCount == 0)
  }
}
