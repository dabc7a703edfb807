// SPDX-License-Identifier: Apache-2.0

import Testing
import XenFrontends

@testable import NetTCP

/// The numbers of RFC 9438, section 4: C = 0.4, β = 0.7, α = 3 (1 - β) / (1 + β).
@Suite struct CongestionTests {
  private static let segment = 1000

  /// Rounds of a sender that the window alone limits, in segments, after a loss at a window of 100.
  private struct Rounds {
    private var congestion = Congestion(.cubic, maximumSegment: segment)
    private var sent = SequenceNumber(1)
    private var now = SystemTime(rawValue: 1_000_000_000)
    private let milliseconds: UInt64

    init(milliseconds: UInt64) {
      self.milliseconds = milliseconds
      acknowledge(90 * segment)
      congestion.lost(congestion.window)
    }

    var window: Double { Double(congestion.window) / Double(segment) }

    private mutating func acknowledge(_ count: Int) {
      sent = sent + count
      congestion.limit(sent)
      congestion.acknowledged(
        count, to: sent, now, roundTrip: milliseconds * 1_000_000)
    }

    /// What was on its way is acknowledged, two segments at a time, all through the round.
    mutating func run(_ count: Int) {
      for _ in 0..<count {
        let steps = congestion.window / (2 * segment)
        for _ in 0..<steps {
          now = SystemTime(rawValue: now.rawValue + milliseconds * 1_000_000 / UInt64(steps))
          acknowledge(2 * segment)
        }
      }
    }
  }

  @Test func aLossLeavesSevenTenths() {
    let rounds = Rounds(milliseconds: 10)
    #expect(abs(rounds.window - 70) < 0.1)
  }

  /// On a short way: W_est grows by α = 0.529 segments a round trip, up to the old window; then by 1.
  @Test func onAShortWayTheWindowIsThatOfReno() {
    var rounds = Rounds(milliseconds: 10)
    rounds.run(20)
    #expect(abs(rounds.window - (70 + 20 * 0.529)) < 1)
    rounds.run(20)
    #expect(abs(rounds.window - (70 + 40 * 0.529)) < 1)
    rounds.run(20)
    let beyond = rounds.window
    #expect(beyond > 100)
    rounds.run(10)
    #expect(abs(rounds.window - beyond - 10) < 1)
  }

  /// On a long way: W_cubic(t) = C (t - K)³ + W_max with K = ∛(100 · 0.3 / 0.4) = 4.217 s.
  @Test func onALongWayTheWindowFollowsTheCurve() {
    var rounds = Rounds(milliseconds: 200)
    for second in 1...6 {
      rounds.run(5)
      let distance = Double(second) - 4.217
      let curve = 0.4 * distance * distance * distance + 100
      #expect(abs(rounds.window - curve) < 2.5, "second \(second)")
    }
  }
}
