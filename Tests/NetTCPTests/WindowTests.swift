// SPDX-License-Identifier: Apache-2.0

import NetTCP
import NetWire
import Testing
import XenFrontends

@Suite struct WindowTests {
  private func small(_ size: Int) -> Script {
    var limits = TCPLimits()
    limits.receiveBuffer = size
    return Script(limits: limits)
  }

  @Test func theWindowShrinksAndOpensAgainWhenItIsWorthIt() throws {
    let script = small(4000)
    let connection = try script.accepted()
    script.send(".", 1, 1, count: 1000)
    script.send(".", 1001, 1, count: 1000)
    try script.expect(".", 1, 2001, window: 2000)
    script.send(".", 2001, 1, count: 1000)
    script.send(".", 3001, 1, count: 1000)
    try script.expect(".", 1, 4001, window: 0)
    // Less than a segment is not worth a word.
    #expect(connection.read(atMost: 500).count == 500)
    script.expectNothing()
    #expect(connection.read(atMost: 600).count == 600)
    try script.expect(".", 1, 4001, window: 1100)
    #expect(connection.read(atMost: 4000).count == 2900)
    try script.expect(".", 1, 4001, window: 4000)
  }

  @Test func theEndOfTheWindowNeverGoesBack() throws {
    let script = small(4000)
    let connection = try script.accepted()
    var edge = 4001
    var sent = 0
    for step in 0..<200 {
      let count = min(1 + step * 37 % 700, edge - 1 - sent)
      script.send(".", 1 + sent, 1, count: count)
      sent += count
      if step % 3 == 0 { _ = connection.read(atMost: step * 53 % 900) }
      if step % 7 == 0 { script.advance(40) }
      while let segment = script.next() {
        let new = segment.acknowledgment + segment.window
        #expect(new >= edge)
        edge = new
      }
    }
    #expect(sent > 10_000)
  }

  @Test func windowsAreShifted() throws {
    var limits = TCPLimits()
    limits.receiveBuffer = 1 << 20
    let script = Script(limits: limits)
    _ = try script.host.listen(on: 80, backlog: 1)
    script.send("S", window: 1000, options: .init(maximumSegment: 1000, shift: 3))
    let answer = try script.expect("S.", 0, 1, window: 65535)
    #expect(answer.options.shift == 5)
    script.send(".", 1, 1)
    script.send(".", 1, 1, count: 1000)
    script.send(".", 1001, 1, count: 1000)
    let said = try script.expect(".", 1, 2001)
    // What is left in 32 bytes, rounded down.
    #expect(said.window << 5 == (65535 - 2000) / 32 * 32)
  }

  /// A sender that uses the window up has all of it taken, and its acknowledgments have numbers at the end of it.
  @Test(arguments: [1, 7, 31, 997])
  func allThatIsSaidOfAShiftedWindowIsTaken(step: Int) throws {
    var limits = TCPLimits()
    limits.receiveBuffer = 1 << 20
    let script = Script(limits: limits)
    let listener = try script.host.listen(on: 80, backlog: 1)
    script.send("S", options: .init(maximumSegment: 1000, shift: 0))
    try script.expect("S.", 0, 1)
    script.send(".", 1, 1)
    let connection = try #require(listener.accept())
    var (sent, said) = (0, 1000)
    while said > 0 {
      let count = min(said, sent % 1000 == 0 ? step : 1000 - sent % 1000)
      script.send(".", 1 + sent, 1, count: count)
      sent += count
      said = max(0, said - count)
      script.advance(40)
      while let segment = script.next() {
        #expect(segment.acknowledgment == 1 + sent)
        said = segment.window << 5
      }
    }
    #expect(sent > 65_000 && sent <= 65_536)
    // The peer has used up all that it was told of: what it acknowledges counts.
    #expect(connection.write([1, 2, 3]) == 3)
    try script.expect("P.", 1, 1 + sent, count: 3)
    script.send(".", 1 + sent, 4)
    script.advance(100_000)
    script.expectNothing()
  }

  @Test func aShiftBeyondFourteenCountsAsFourteen() throws {
    let script = Script()
    let listener = try script.host.listen(on: 80, backlog: 1)
    script.send("S", options: .init(maximumSegment: 1000, shift: 200))
    try script.expect("S.", 0, 1)
    script.send(".", 1, 1, window: 1)
    let connection = try #require(listener.accept())
    #expect(connection.write([UInt8](repeating: 1, count: 30_000)) == 30_000)
    var sent = 0
    while let segment = script.next() { sent += segment.payload.count }
    // The congestion window has ten segments, the peer's 1 << 14 bytes.
    #expect(sent == 10_000)
    script.send(".", 1, 10_001, window: 1)
    while let segment = script.next() { sent += segment.payload.count }
    #expect(sent == 10_000 + 16_000)
  }

  @Test func theSendersWindowIsObeyed() throws {
    let script = Script()
    script.window = 2500
    let connection = try script.accepted()
    #expect(connection.write([UInt8](repeating: 1, count: 5000)) == 5000)
    try script.expect(".", 1, 1, count: 1000)
    try script.expect(".", 1001, 1, count: 1000)
    // A rest of a segment waits while something is on its way.
    script.expectNothing()
    script.send(".", 1, 2001)
    try script.expect(".", 2001, 1, count: 1000)
    try script.expect(".", 3001, 1, count: 1000)
    script.expectNothing()
  }

  @Test func anOldSegmentDoesNotChangeTheWindow() throws {
    let script = Script()
    let connection = try script.accepted()
    script.send("P.", 1, 1, count: 10, window: 3000)
    // Sent before, arrived after: its window is old.
    script.send(".", 1, 1, window: 100)
    #expect(connection.write([UInt8](repeating: 1, count: 5000)) == 5000)
    try script.expect(".", 1, 11, count: 1000)
    try script.expect(".", 1001, 11, count: 1000)
    try script.expect(".", 2001, 11, count: 1000)
    script.expectNothing()
  }

  @Test func smallSegmentsWaitForTheAcknowledgment() throws {
    let script = Script()
    let connection = try script.accepted()
    #expect(connection.write([1]) == 1)
    try script.expect("P.", 1, 1, count: 1)
    #expect(connection.write([2]) == 1)
    #expect(connection.write([3, 4]) == 2)
    script.expectNothing()
    script.send(".", 1, 2)
    let rest = try script.expect("P.", 2, 1, count: 3)
    #expect(rest.payload == [2, 3, 4])
    // A full segment waits for nothing, its rest does.
    #expect(connection.write([UInt8](repeating: 9, count: 1001)) == 1001)
    try script.expect(".", 5, 1, count: 1000)
    script.expectNothing()
    connection.noDelay = true
    try script.expect("P.", 1005, 1, count: 1)
    #expect(connection.write([1]) == 1)
    try script.expect("P.", 1006, 1, count: 1)
  }

  @Test func theLastSegmentDoesNotWait() throws {
    let script = Script()
    let connection = try script.accepted()
    #expect(connection.write([1]) == 1)
    try script.expect("P.", 1, 1, count: 1)
    #expect(connection.write([2]) == 1)
    connection.finish()
    try script.expect("FP.", 2, 1, count: 1)
  }

  @Test func halfOfTheLargestWindowIsEnough() throws {
    let script = Script()
    script.window = 600
    let connection = try script.accepted()
    #expect(connection.write([UInt8](repeating: 1, count: 2000)) == 2000)
    try script.expect(".", 1, 1, count: 600)
    // A silly window: it waits until there is more, or for a while.
    script.send(".", 1, 601, window: 100)
    script.expectNothing()
    script.send(".", 1, 601, window: 400)
    try script.expect(".", 601, 1, count: 400)
    script.send(".", 1, 1001, window: 50)
    script.expectNothing()
    script.now = try #require(script.host.deadline)
    try script.expect(".", 1001, 1, count: 50)
  }

  @Test func segmentsFitThePeerAndTheLink() throws {
    for (mtu, said, expected) in [
      (1500, 1460, 1460), (1500, 9000, 1460), (1500, nil, 536), (576, 1460, 536),
      (9000, 8960, 8960), (1500, 0, 64), (1500, 10, 64),
    ] as [(Int, Int?, Int)] {
      let script = Script(mtu: mtu)
      let connection = try script.accepted(ScriptOptions(maximumSegment: said))
      #expect(connection.write([UInt8](repeating: 1, count: 20_000)) == 20_000)
      #expect(try #require(script.next()).payload.count == expected)
    }
  }

  @Test func optionsTakeRoomOfThePayload() throws {
    let script = Script()
    let connection = try script.connected(.all)
    #expect(connection.write([UInt8](repeating: 1, count: 5000)) == 5000)
    #expect(try #require(script.next()).payload.count == 1448)
    script.send(".", 101, 1, count: 10, options: .init(timestamp: .init(1001, 0)))
    #expect(try #require(script.next()).payload.count == 1448 - 12)
  }
}
