// SPDX-License-Identifier: Apache-2.0

import NetWire
import Testing
import XenFrontends

@testable import NetTCP

/// How large the buffers of connections become.
@Suite struct BufferTests {
  private var limits: TCPLimits {
    var limits = TCPLimits()
    limits.firstBuffer = 8192
    limits.sendBuffer = 65536
    limits.receiveBuffer = 65536
    return limits
  }

  /// Sends as much as the window has room for; returns how much that was.
  private func fill(_ script: Script, from start: Int, to edge: Int) -> Int {
    var place = start
    while place < edge {
      let count = min(1000, edge - place)
      script.send(".", place, 1, count: count)
      place += count
    }
    return place
  }

  @Test func theWindowGrowsWhereTheApplicationKeepsUp() throws {
    let script = Script(limits: limits)
    let connection = try script.accepted(.init(maximumSegment: 1000, shift: 4))
    var place = 1
    var windows: [Int] = []
    for _ in 0..<6 {
      place = fill(script, from: place, to: place + connection.receiver.window)
      while script.next() != nil {}
      while !connection.read(atMost: 1000).isEmpty {}
      while script.next() != nil {}
      windows.append(connection.receiver.window)
    }
    #expect(windows == [16384, 32768, 65536, 65536, 65536, 65536])
  }

  @Test func theWindowStaysWhereTheApplicationDoesNot() throws {
    let script = Script(limits: limits)
    let connection = try script.accepted()
    var place = 1
    for _ in 0..<20 {
      place = fill(script, from: place, to: place + connection.receiver.window)
      while script.next() != nil {}
      // Always a little is left.
      _ = connection.read(atMost: connection.readableCount - 1)
      while script.next() != nil {}
      #expect(connection.receiver.window <= 8192)
    }
  }

  @Test func theWindowStaysWhereThePeerUsesLittleOfIt() throws {
    let script = Script(limits: limits)
    let connection = try script.accepted()
    for step in 0..<50 {
      script.send("P.", 1 + step * 1000, 1, count: 1000)
      _ = connection.read(atMost: 1000)
      script.advance(40)
      while script.next() != nil {}
    }
    #expect(connection.receiver.buffer.limit == 8192)
  }

  /// A peer that cannot shift windows has 65,535 bytes at most.
  @Test func withoutAShiftTheWindowHasSixteenBits() throws {
    var limits = TCPLimits()
    limits.firstBuffer = 1 << 18
    let script = Script(limits: limits)
    let connection = try script.accepted()
    #expect(connection.receiver.window == 65535)
    script.send(".", 1, 1, count: 1000)
    script.send(".", 1001, 1, count: 1000)
    _ = connection.read(atMost: 2000)
    let said = try script.expect(".", 1, 2001)
    #expect(said.window == 65535 && connection.receiver.window == 65535)
  }

  @Test func whatIsWrittenAheadGrowsWithTheCongestionWindow() throws {
    let script = Script(limits: limits)
    script.window = 65535
    let connection = try script.accepted(.init(maximumSegment: 1000, shift: 4))
    for count in [16384, 16384, 0] {
      // As long as nothing is acknowledged, the network is not known to take more than ten segments.
      #expect(connection.write([UInt8](repeating: 1, count: 100_000)) == count)
    }
    var end = 1
    while connection.sender.buffer.limit < 65536 {
      let before = end
      while let segment = script.next() { end = segment.sequence + segment.payload.count }
      try #require(end > before)
      script.send(".", 1, end)
      _ = connection.write([UInt8](repeating: 1, count: 100_000))
      #expect(connection.sender.buffer.limit <= 4 * connection.sender.congestion.window)
    }
    #expect(connection.unacknowledgedCount > 32768)
  }

  @Test func aPeerThatTakesLittleGetsNoMoreMemory() throws {
    let script = Script(limits: limits)
    script.window = 2000
    let connection = try script.accepted()
    var end = 1
    for _ in 0..<50 {
      _ = connection.write([UInt8](repeating: 1, count: 100_000))
      while let segment = script.next() { end = segment.sequence + segment.payload.count }
      script.send(".", 1, end)
    }
    #expect(connection.sender.buffer.limit == 8192)
  }

  /// All that grows stays within half of the budget.
  @Test func whereMemoryIsScarceNothingGrows() throws {
    var limits = limits
    limits.allBuffers = 16384
    let script = Script(limits: limits)
    let connection = try script.accepted(.init(maximumSegment: 1000, shift: 4))
    #expect(connection.write([UInt8](repeating: 1, count: 100_000)) == 16384)
    let other = try script.host.connect(
      to: .init(script.peer, port: 9), from: script.address, now: script.now)
    other.sender.buffer.widen()
    other.receiver.buffer.widen()
    #expect(other.sender.buffer.limit == 8192 && other.receiver.buffer.limit == 8192)
  }

  @Test(arguments: [2, 4, 8, 16, 64, 4096])
  func limitsFitTheGuest(mebibytes: Int) {
    let memory = mebibytes << 20
    let limits = TCPLimits(memory: memory)
    #expect(limits.allBuffers <= max(1 << 17, memory / 8) && limits.allBuffers <= 1 << 25)
    for size in [limits.sendBuffer, limits.receiveBuffer] {
      #expect(size >= 65536 && size <= 1 << 20)
      #expect(size == 65536 || size <= limits.allBuffers / 2)
    }
    #expect((limits.sendBuffer == 1 << 20) == (mebibytes >= 16))
  }

  @Test func aTimeOutSetsTheNextOne() {
    var sender = Sender(
      initial: SequenceNumber(0),
      buffer: ByteRing(limit: 1, largest: 1, budget: BufferBudget(limit: 1)), TCPLimits())
    let now = SystemTime(rawValue: 1_000_000_000)
    _ = sender.select(size: 536, most: 536, now)
    for attempt in 0..<4 as Range<UInt64> {
      let due = SystemTime(rawValue: sender.timer.deadline)
      #expect(sender.timer.isSet)
      sender.timeOut(due)
      // Also as long as nothing takes what is to be sent again.
      #expect(sender.timer.deadline - due.rawValue == 2_000_000_000 << attempt)
    }
  }
}
