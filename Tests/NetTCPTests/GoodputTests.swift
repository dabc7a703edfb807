// SPDX-License-Identifier: Apache-2.0

import NetTCP
import NetWire
import Testing
import XenFrontends

/// How much arrives in how much time of the link, and how much is sent in vain.
@Suite struct GoodputTests {
  private struct Case: CustomTestStringConvertible, Sendable {
    var loss: Int
    var removed: Set<UInt8> = []
    var congestion = TCPCongestion.cubic
    /// How many milliseconds 300,000 bytes may take, on the average of all seeds.
    var milliseconds: UInt64
    /// How many segments are sent again for each packet that is lost, at most.
    var resent: Double

    var testDescription: String {
      "\(loss) %, \(congestion), \(removed.isEmpty ? "all options" : "without SACK")"
    }
  }

  private static let cases: [Case] = [
    Case(loss: 0, milliseconds: 300, resent: 0),
    Case(loss: 1, milliseconds: 600, resent: 1),
    Case(loss: 3, milliseconds: 1000, resent: 1),
    Case(loss: 3, congestion: .newReno, milliseconds: 1200, resent: 1),
    Case(loss: 3, removed: [4], milliseconds: 1200, resent: 1.2),
    Case(loss: 10, milliseconds: 2500, resent: 1),
  ]

  @Test(arguments: cases)
  private func losses(_ wanted: Case) throws {
    var total: UInt64 = 0
    var lost = 0
    var resent: UInt64 = 0
    let seeds: UInt64 = 20
    for seed in 1...seeds {
      var limits = TCPLimits()
      limits.congestion = wanted.congestion
      let link = SimulatedLink(
        seed: seed, faults: LinkFaults(), limits: [limits, limits])
      link.removedOptions = wanted.removed
      let transfer = try #require(try Transfer(link, sizes: (300_000, 0), seed: seed))
      link.faults.loss = wanted.loss
      let start = link.now
      #expect(transfer.run(milliseconds: 600_000))
      #expect(transfer.ends[1].isComplete)
      total += (link.now.rawValue - start.rawValue) / 1_000_000
      lost += link.lost
      resent += link.hosts[0].statistics.retransmissions
    }
    #expect(total / seeds <= wanted.milliseconds)
    #expect(Double(resent) <= Double(lost) * wanted.resent)
  }
}
