// SPDX-License-Identifier: Apache-2.0

import NetTCP
import NetWire
import Testing
import XenFrontends

/// Losses that duplicates show, and how the congestion window grows.
@Suite struct FastRetransmitTests {
  @Test func threeDuplicatesShowALoss() throws {
    let (script, _) = try Script.sent(8)
    script.send(".", 1, 1001)
    for _ in 0..<2 {
      script.send(".", 1, 1001)
      script.expectNothing()
    }
    script.send(".", 1, 1001)
    try script.expect(".", 1001, 1, count: 1000)
    script.expectNothing()
    // A partial acknowledgment shows the next loss.
    script.send(".", 1, 3001)
    try script.expect(".", 3001, 1, count: 1000)
    script.expectNothing()
    script.send(".", 1, 8001)
    script.expectNothing()
    #expect(script.host.statistics.retransmissions == 2)
  }

  @Test func whatIsNoDuplicateDoesNotCount() throws {
    let (script, connection) = try Script.sent(8)
    script.send(".", 1, 1001)
    for step in 0..<5 {
      script.send(".", 1 + step * 10, 1001, count: 10)
      script.send(".", 1 + (step + 1) * 10, 1001, window: 50_000 - step)
    }
    _ = connection.read(atMost: 100)
    while let segment = script.next() { #expect(segment.payload.isEmpty) }
    #expect(script.host.statistics.retransmissions == 0)
  }

  @Test func duplicatesLetNewSegmentsOut() throws {
    let (script, connection) = try Script.sent(10)
    #expect(connection.write(Script.pattern(0, 10_000)) == 10_000)
    script.expectNothing()
    // Limited transmit: one for each of the first two.
    script.send(".", 1, 1)
    try script.expect(".", 10_001, 1, count: 1000)
    script.expectNothing()
    script.send(".", 1, 1)
    try script.expect(".", 11_001, 1, count: 1000)
    script.send(".", 1, 1)
    try script.expect(".", 1, 1, count: 1000)
  }

  @Test func withSACKOnlyHolesAreSentAgain() throws {
    let (script, _) = try Script.sent(10, .withSACK)
    script.send(".", 1, 1001)
    script.send(".", 1, 1001, options: .init(blocks: [2001..<3001]))
    script.expectNothing()
    script.send(".", 1, 1001, options: .init(blocks: [4001..<5001, 2001..<3001]))
    script.expectNothing()
    script.send(".", 1, 1001, options: .init(blocks: [6001..<7001, 4001..<5001, 2001..<3001]))
    try script.expect(".", 1001, 1, count: 1000)
    // Less is on its way than the smaller window has room for: the next hole, as soon as it counts as lost.
    script.send(".", 1, 1001, options: .init(blocks: [6001..<9001, 4001..<5001, 2001..<3001]))
    try script.expect(".", 3001, 1, count: 1000)
    try script.expect(".", 5001, 1, count: 1000)
    script.send(".", 1, 10_001)
    script.expectNothing()
    #expect(script.host.deadline == nil)
    #expect(script.host.statistics.retransmissions == 3)
  }

  @Test func liesOfSACKAreIgnored() throws {
    let (script, connection) = try Script.sent(4, .withSACK)
    for blocks in [
      [4001..<5001], [0..<1], [1..<1001, 900_000..<900_001], [3001..<90_000], [-5000 ..< -10],
    ] as [[Range<Int>]] {
      script.send(".", 1, 1, options: .init(blocks: blocks))
    }
    script.expectNothing()
    #expect(connection.unacknowledgedCount == 4000)
    script.advance(200)
    try script.expect(".", 1, 1, count: 1000)
  }

  @Test func afterATimeOutWhatWasSaidToBeThereIsNotBelieved() throws {
    let (script, _) = try Script.sent(3, .withSACK)
    script.send(".", 1, 1, options: .init(blocks: [1001..<3001]))
    script.advance(200)
    try script.expect(".", 1, 1, count: 1000)
    script.send(".", 1, 1001)
    try script.expect(".", 1001, 1, count: 1000)
  }

  @Test(arguments: [TCPCongestion.newReno, .cubic])
  func theWindowGrowsByWhatIsAcknowledged(kind: TCPCongestion) throws {
    var limits = TCPLimits()
    limits.congestion = kind
    limits.firstBuffer = 1 << 20
    limits.sendBuffer = 1 << 20
    limits.receiveBuffer = 65535
    limits.allBuffers = 1 << 22
    let script = Script(limits: limits)
    script.window = 65535
    let connection = try script.accepted(.init(maximumSegment: 1000, shift: 8, sack: true))
    #expect(connection.write([UInt8](repeating: 1, count: 1 << 20)) == 1 << 20)
    func flight() -> Int {
      var end = 0
      while let segment = script.next() { end = segment.sequence + segment.payload.count }
      return end
    }
    var acknowledged = 1
    var end = flight()
    #expect(end - acknowledged == 10_000)
    // Slow start: twice as much each round.
    for round in 0..<4 {
      script.advance(50)
      for place in stride(from: acknowledged + 2000, through: end, by: 2000) {
        script.send(".", 1, place)
      }
      script.send(".", 1, end)
      acknowledged = end
      end = flight()
      #expect(end - acknowledged == 20_000 << round)
    }
    // A loss makes it smaller, by half or by three tenths.
    for count in 1...3 {
      script.send(
        ".", 1, acknowledged,
        options: .init(blocks: [(acknowledged + 1000)..<(acknowledged + 1000 + count * 1000)]))
    }
    end = max(end, flight())
    script.send(".", 1, end)
    acknowledged = end
    end = flight()
    let after = end - acknowledged
    #expect(after / 1000 == (kind == .newReno ? 80 : 112))
    // Then slowly.
    var sizes: [Int] = [after]
    for _ in 0..<5 {
      script.advance(50)
      for place in stride(from: acknowledged + 2000, through: end, by: 2000) {
        script.send(".", 1, place)
      }
      script.send(".", 1, end)
      acknowledged = end
      end = flight()
      sizes.append(end - acknowledged)
    }
    for (one, next) in zip(sizes.dropFirst(), sizes.dropFirst(2)) {
      #expect(next >= one && next <= one + 3000)
    }
  }
}
