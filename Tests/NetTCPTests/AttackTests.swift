// SPDX-License-Identifier: Apache-2.0

import NetTCP
import NetWire
import Testing
import XenFrontends

/// Segments that nobody honest sends.
@Suite struct AttackTests {
  private func raw(_ script: Script, options: [UInt8], words: Int? = nil, flags: String = "S")
    -> [UInt8]
  {
    script.bytes(ScriptSegment(flags: flags), rawOptions: options, headerWords: words)
  }

  @Test(
    arguments: [
      [2, 0, 0, 0], [2, 1, 0, 0], [8, 0, 0, 0], [1, 1, 1, 2], [2, 40, 1, 1], [1, 1, 3, 60],
      [5, 0xFF, 0, 0], [99, 0, 0, 0], [99, 1, 0, 0], [1, 1, 8, 10],
    ] as [[UInt8]])
  func optionsThatLieAreRefused(options: [UInt8]) throws {
    let script = Script()
    _ = try script.host.listen(on: 80, backlog: 8)
    script.inject(raw(script, options: options))
    script.expectNothing()
    #expect(script.host.statistics.malformed == 1)
    #expect(script.host.connectionCount == 0)
  }

  @Test(
    arguments: [
      [2, 3, 1, 0], [2, 5, 1, 2, 3, 0, 0, 0], [3, 2, 0, 0], [3, 4, 7, 7], [4, 3, 1, 0],
      [8, 3, 1, 0],
      [5, 3, 1, 0], [5, 2, 0, 0], [99, 2, 0, 0], [99, 4, 1, 2], [0, 0xFF, 0xFF, 0xFF],
    ] as [[UInt8]])
  func optionsOfAnotherLengthOrKindAreSkipped(options: [UInt8]) throws {
    let script = Script()
    _ = try script.host.listen(on: 80, backlog: 8)
    script.inject(raw(script, options: options))
    #expect(try script.expect("S.", 0, 1).options == ScriptOptions(maximumSegment: 1460))
  }

  @Test(arguments: 0...4)
  func aHeaderThatIsTooShortIsRefused(words: Int) throws {
    let script = Script()
    _ = try script.host.listen(on: 80, backlog: 8)
    script.inject(raw(script, options: [], words: words))
    #expect(script.host.statistics.malformed == 1)
    script.expectNothing()
  }

  @Test func aHeaderBeyondTheSegmentIsRefused() throws {
    let script = Script()
    _ = try script.host.listen(on: 80, backlog: 8)
    for words in 6...15 { script.inject(raw(script, options: [], words: words), isVerified: true) }
    let whole = raw(script, options: [])
    for count in 0..<20 { script.inject(Array(whole[..<count]), isVerified: true) }
    #expect(script.host.statistics.malformed == 30)
    script.expectNothing()
  }

  @Test func portsOfNobodyAreRefused() throws {
    let script = Script()
    script.peerPort = 0
    script.send("S")
    script.peerPort = 1
    script.port = 0
    script.send("S")
    script.expectNothing()
    #expect(script.host.statistics.malformed == 2)
  }

  @Test func nobodyTalksToItself() throws {
    let script = Script()
    _ = try script.host.listen(on: 80, backlog: 8)
    script.peerPort = 80
    let bytes = script.bytes(ScriptSegment(flags: "S"))
    script.host.receive(
      bytes.span.bytes, from: script.address, to: script.address, isVerified: true,
      now: script.now)
    script.expectNothing()
    #expect(script.host.statistics.malformed == 1)
  }

  @Test func anUrgentPointerBeyondEverythingIsHarmless() throws {
    let script = Script()
    let connection = try script.accepted()
    script.send("U.", 1, 1, urgent: 65535)
    #expect(connection.urgentCount == 65535)
    script.send("PU.", 1, 1, count: 5, urgent: 0)
    #expect(connection.read(atMost: 10).count == 5)
    #expect(connection.urgentCount == 65530)
  }

  @Test func anythingAtAllDoesNotBreakIt() throws {
    var chance = Chance(seed: 7)
    let script = Script()
    let listener = try script.host.listen(on: 80, backlog: 4)
    for _ in 0..<20_000 {
      var bytes = (0..<chance.below(90)).map { _ in UInt8(truncatingIfNeeded: chance.next()) }
      if bytes.count > 4, chance.percent(80) {
        bytes[2] = 0
        bytes[3] = 80
        bytes[0] = 0
        bytes[1] = UInt8(1 + chance.below(3))
        if bytes.count > 12 { bytes[12] = UInt8(5 + chance.below(6)) << 4 }
      }
      script.inject(bytes, isVerified: true)
      while script.host.nextSegment(now: script.now) != nil {}
      script.advance(UInt64(chance.below(3)))
      if chance.percent(1) { listener.accept()?.abort() }
      #expect(script.host.connectionCount <= 4)
    }
  }

  /// Segments that are right in form and come in any order, at any place, to a connection that is used.
  @Test func anySequenceOfSegmentsLeavesNothingBehind() throws {
    var chance = Chance(seed: 11)
    let flags = [".", "P.", "F.", "S", "S.", "R", "R.", "PU.", "FP.", "", "SF", "."]
    for round in 0..<400 {
      var limits = TCPLimits()
      limits.pieces = 4
      let script = Script(limits: limits)
      let connection = try script.accepted(chance.percent(50) ? .withSACK : .plain)
      for _ in 0..<60 {
        let start = chance.percent(70) ? chance.below(6000) : chance.below(200_000) - 100_000
        let number = chance.percent(70) ? chance.below(4000) : chance.below(200_000) - 100_000
        var options = ScriptOptions()
        if chance.percent(30) {
          options.blocks = (0..<(1 + chance.below(3))).map { _ in
            let from = chance.below(6000) - 500
            return from..<(from + chance.below(3000))
          }
        }
        let kind = chance.percent(85) ? chance.below(3) : chance.below(flags.count)
        script.send(
          flags[kind], start, number, count: chance.below(1500), window: chance.below(65536),
          urgent: chance.below(65536), options: options)
        if chance.percent(30) {
          _ = connection.write([UInt8](repeating: 3, count: chance.below(3000)))
        }
        if chance.percent(30) { _ = connection.read(atMost: chance.below(3000)) }
        if chance.percent(5) { connection.finish() }
        while script.host.nextSegment(now: script.now) != nil {}
        script.advance(UInt64(chance.below(400)))
      }
      connection.abort()
      while script.host.nextSegment(now: script.now) != nil {}
      #expect(script.host.connectionCount == 0, "round \(round)")
      #expect(script.host.deadline == nil)
      script.advance(120_000)
      script.expectNothing()
      #expect(script.host.timeWaitCount == 0)
    }
  }

  @Test func piecesAreBounded() throws {
    var limits = TCPLimits()
    limits.pieces = 8
    let script = Script(limits: limits)
    let connection = try script.accepted(.withSACK)
    for place in 0..<1000 { script.send(".", 3 + place * 20, 1, count: 1) }
    while script.next() != nil {}
    // The first eight were kept.
    for place in 0..<8 { script.send(".", 4 + place * 20 - 3, 1, count: 2) }
    script.send(".", 1, 1, count: 200)
    #expect(connection.readableCount == 200)
    #expect(script.host.statistics.dropped >= 900)
  }

  @Test func buffersAreBoundedInSum() throws {
    var limits = TCPLimits()
    limits.allBuffers = 100_000
    let script = Script(limits: limits)
    let listener = try script.host.listen(on: 80, backlog: 8)
    var kept: [TCPConnection] = []
    for port in 1...20 as ClosedRange<UInt16> {
      script.peerPort = port
      script.start = nil
      script.send("S", options: .plain)
      try script.expect("S.", 0, 1)
      script.send(".", 1, 1)
      let connection = try #require(listener.accept())
      _ = connection.write([UInt8](repeating: 1, count: 60_000))
      for place in 0..<50 { script.send(".", 1 + place * 1000, 1, count: 1000) }
      while script.next() != nil {}
      kept.append(connection)
      #expect(script.host.bufferBytes <= 100_000 + 40 * 2048)
    }
    // Each has at least its first part.
    for connection in kept {
      #expect(connection.readableCount >= 2000)
      #expect(connection.unacknowledgedCount >= 2000)
      // Whoever waits until it may write does not wait in vain.
      #expect(connection.isWritable == (connection.write([1]) == 1))
    }
    for connection in kept { connection.abort() }
    while script.host.nextSegment(now: script.now) != nil {}
    for connection in kept { while connection.isReadable { _ = connection.read(atMost: 60_000) } }
    kept = []
    #expect(script.host.bufferBytes == 0)
  }

  @Test func resetsAndRepliesAreBounded() throws {
    let script = Script()
    script.start = 0
    for port in 1...5000 as ClosedRange<UInt16> {
      script.peerPort = port
      script.send("S")
    }
    var count = 0
    while script.host.nextSegment(now: script.now) != nil { count += 1 }
    #expect(count == TCPLimits().replies)
    for port in 1...5000 as ClosedRange<UInt16> {
      script.peerPort = port
      script.send("S")
      while script.host.nextSegment(now: script.now) != nil { count += 1 }
    }
    #expect(count <= TCPLimits().resetsPerSecond)
    script.advance(1000)
    script.send("S")
    #expect(script.host.nextSegment(now: script.now) != nil)
  }
}
