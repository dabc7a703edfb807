// SPDX-License-Identifier: Apache-2.0

import HostSystem
import Testing
import XenToolstack

@Suite struct ConsoleDrains {
  var drain = ConsoleDrain(patience: 5000)

  @Test(arguments: [(0, 0), (2048, 2048), (5, 1 << 32 + 5)] as [(UInt32, UInt64)])
  mutating func isCompleteWhenEveryByteIsHere(produced: UInt32, received: UInt64) {
    #expect(judge(produced, produced, received, at: 0) == .complete)
  }

  @Test mutating func waitsAsLongAsSomethingMoves() {
    #expect(judge(3000, 1000, 1000, at: 0) == .waiting)
    #expect(judge(3000, 2000, 1000, at: 4900) == .waiting)
    #expect(judge(3000, 3000, 2500, at: 9800) == .waiting)
    #expect(judge(3000, 3000, 3000, at: 9900) == .complete)
  }

  @Test mutating func givesUpWithTheExactCountWhenNothingMoves() {
    #expect(judge(3000, 1000, 1000, at: 0) == .waiting)
    #expect(judge(3000, 1000, 1000, at: 4999) == .waiting)
    #expect(judge(3000, 1000, 1000, at: 5000) == .missing(2000))
  }

  @Test mutating func doesNotWaitForAClosedTerminal() {
    #expect(judge(10, 10, 4, isClosed: true, at: 0) == .missing(6))
  }

  @Test(arguments: [(5000, 0), (0, 1), (.max, 0)] as [(UInt32, UInt32)])
  mutating func soonGivesUpOnImpossibleIndices(produced: UInt32, consumed: UInt32) {
    #expect(judge(produced, consumed, 100, at: 0) == .waiting)
    #expect(judge(produced, consumed, 100, at: 500) == .uncountable)
  }

  private mutating func judge(
    _ produced: UInt32, _ consumed: UInt32, _ received: UInt64, isClosed: Bool = false,
    at milliseconds: Int
  ) -> ConsoleDrain.Verdict {
    drain.judge(
      ConsoleIndices(produced: produced, consumed: consumed), received: received,
      isClosed: isClosed,
      now: MonotonicTime(nanoseconds: 0).adding(milliseconds: milliseconds + 1_000_000))
  }
}
