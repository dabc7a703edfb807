// SPDX-License-Identifier: Apache-2.0

import NetTCP
import NetWire
import Testing
import XenFrontends

/// Streams between two hosts over links that lose, duplicate, reorder and spoil packets.
@Suite struct TransferTests {
  /// Lets a transfer happen, and checks that all arrived and nothing is left.
  private func check(
    seed: UInt64, _ faults: LinkFaults, sizes: (Int, Int), _ limits: TCPLimits = TCPLimits(),
    mtu: [Int] = [1500, 1500], isOffloaded: Bool = false, removed: Set<UInt8> = [],
    configure: (Transfer) -> Void = { _ in }
  ) throws {
    let link = SimulatedLink(seed: seed, faults: faults, limits: [limits, limits], mtu: mtu)
    link.removedOptions = removed
    for host in link.hosts where isOffloaded {
      host.offloadsChecksum = true
      host.segmentsAtOnce = true
    }
    let transfer = try #require(try Transfer(link, sizes: sizes, seed: seed), "seed \(seed)")
    configure(transfer)
    #expect(transfer.run(milliseconds: 3_600_000), "seed \(seed)")
    for end in transfer.ends {
      #expect(end.isComplete, "seed \(seed): \(end.received) bytes, \(end.connection.state)")
      #expect(end.connection.failure == nil, "seed \(seed)")
    }
    link.faults = LinkFaults()
    checkNothingIsLeft(link, seed)
  }

  /// After a while, a connection that has ended takes nothing more, although somebody still has it.
  private func checkNothingIsLeft(_ link: SimulatedLink, _ seed: UInt64) {
    link.run(milliseconds: 700_000)
    for host in link.hosts {
      #expect(host.connectionCount == 0, "seed \(seed)")
      #expect(host.timeWaitCount == 0, "seed \(seed)")
      #expect(host.bufferBytes == 0, "seed \(seed)")
      #expect(host.deadline == nil, "seed \(seed)")
      #expect(!host.hasSegments)
    }
  }

  /// Times without an answer are no failure where most packets are lost.
  private var patient: TCPLimits {
    var limits = TCPLimits()
    limits.userMilliseconds = 3_600_000
    limits.connectMilliseconds = 3_600_000
    limits.halfOpenMilliseconds = 600_000
    limits.orphanMilliseconds = 3_600_000
    return limits
  }

  @Test func aStreamArrivesOverAGoodLink() throws {
    for seed in 1...20 as ClosedRange<UInt64> {
      try check(seed: seed, LinkFaults(), sizes: (200_000, 0)) { transfer in
        #expect(transfer.link.hosts[0].statistics.retransmissions == 0)
      }
    }
  }

  @Test func bothDirectionsAtOnce() throws {
    for seed in 1...20 as ClosedRange<UInt64> {
      try check(seed: seed, LinkFaults(), sizes: (100_000, 150_000))
    }
  }

  private func anyFaults(_ chance: inout Chance) -> LinkFaults {
    LinkFaults(
      loss: chance.below(31), duplication: chance.below(10), corruption: chance.below(5),
      reordering: chance.below(20), delayMilliseconds: 1 + chance.below(50),
      jitterMilliseconds: chance.below(20))
  }

  /// 1600 runs in eight parts, which run side by side where there are processors.
  @Test(arguments: 0..<8 as Range<UInt64>)
  func anythingMayHappenOnTheWay(part: UInt64) throws {
    var chance = Chance(seed: part)
    for run in 0..<200 as Range<UInt64> {
      let faults = anyFaults(&chance)
      var limits = patient
      limits.congestion = chance.percent(50) ? .cubic : .newReno
      try check(
        seed: part * 1000 + run, faults, sizes: (chance.below(20_000), chance.below(12_000)),
        limits, isOffloaded: chance.percent(30))
    }
  }

  /// Without SACK, timestamps or window shifts, one by one and all at once: something on the way takes them out.
  @Test(arguments: 0..<4 as Range<UInt64>)
  func withoutOptionsEverythingArrivesToo(part: UInt64) throws {
    var chance = Chance(seed: 100 + part)
    for run in 0..<100 as Range<UInt64> {
      let removed: [Set<UInt8>] = [[4], [8], [3, 4], [3, 4, 8]]
      var limits = patient
      limits.congestion = chance.percent(50) ? .cubic : .newReno
      try check(
        seed: part * 1000 + run, anyFaults(&chance),
        sizes: (chance.below(20_000), chance.below(12_000)), limits,
        removed: removed[Int(part)])
    }
  }

  /// A reader that takes little, and seldom, with little room: windows close and open all the time.
  @Test func slowReadersGetEverything() throws {
    var chance = Chance(seed: 5)
    for seed in 1...150 as ClosedRange<UInt64> {
      var limits = patient
      limits.receiveBuffer = 500 + chance.below(5000)
      limits.sendBuffer = 2048 << chance.below(4)
      let size = 1 + chance.below(2000)
      let often = 5 + chance.below(50)
      let faults =
        chance.percent(50)
        ? LinkFaults() : LinkFaults(loss: chance.below(15), jitterMilliseconds: 5)
      try check(
        seed: seed, faults, sizes: (chance.below(15_000), chance.below(15_000)), limits
      ) { transfer in
        for end in transfer.ends {
          end.readSize = size
          end.readChance = often
        }
      }
    }
  }

  @Test func linksOfAnySizeAreFit() throws {
    var chance = Chance(seed: 6)
    for seed in 1...60 as ClosedRange<UInt64> {
      let mtu = (0..<2).map { _ in [128, 296, 576, 1280, 1500, 9000, 65535][chance.below(7)] }
      let faults = LinkFaults(loss: chance.below(10), reordering: chance.below(10))
      try check(
        seed: seed, faults, sizes: (chance.below(60_000), chance.below(10_000)), patient, mtu: mtu,
        isOffloaded: chance.percent(50)
      ) { transfer in
        #expect(transfer.link.largest <= min(mtu[0], mtu[1]) - 20 || transfer.link.largest <= 60)
      }
    }
  }

  /// One side ends first, the other goes on for as long as it likes.
  @Test func halfClosedConnectionsGoOn() throws {
    for seed in 1...60 as ClosedRange<UInt64> {
      let faults = LinkFaults(loss: Int(seed % 3) * 8, reordering: 5)
      try check(seed: seed, faults, sizes: (10, 40_000), patient) { transfer in
        transfer.ends[1].endsFirst = false
      }
    }
  }

  @Test func aLinkThatIsDownForAWhileLosesNothing() throws {
    for seed in 1...20 as ClosedRange<UInt64> {
      let link = SimulatedLink(seed: seed)
      let transfer = try #require(try Transfer(link, sizes: (100_000, 100_000), seed: seed))
      for end in transfer.ends { end.work(&link.chance) }
      for _ in 0..<(10 + seed) {
        _ = link.step()
        for end in transfer.ends { end.work(&link.chance) }
      }
      link.isDown = true
      link.run(milliseconds: 20_000)
      link.isDown = false
      #expect(transfer.run(milliseconds: 600_000))
      for end in transfer.ends { #expect(end.isComplete) }
      checkNothingIsLeft(link, seed)
    }
  }

  @Test func aLinkThatStaysDownEndsBothSides() throws {
    let link = SimulatedLink(seed: 3)
    let transfer = try #require(try Transfer(link, sizes: (100_000, 100_000), seed: 3))
    for end in transfer.ends { end.work(&link.chance) }
    for _ in 0..<10 { _ = link.step() }
    link.isDown = true
    link.run(milliseconds: 310_000)
    for end in transfer.ends {
      #expect(end.connection.state == .closed)
      #expect(end.connection.failure == .timedOut)
      // What came before is there to be read.
      while !end.connection.read(atMost: 1000).isEmpty {}
    }
    checkNothingIsLeft(link, 3)
  }
}
