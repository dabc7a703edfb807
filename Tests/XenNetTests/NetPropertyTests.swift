// SPDX-License-Identifier: Apache-2.0

import DeviceFakes
import Testing
import XenDevices
import XenNet

/// Interfaces that are used while toolstacks, backends and xenstored do anything, in any order.
@Suite struct NetPropertyTests {
  private static let sequences = 3000
  private static let parts = 6

  /// Whatever they do, a device that is as it should be carries frames, and nothing is left behind.
  @Test(arguments: 0..<parts)
  func anySequenceHasADefinedEnd(part: Int) {
    let count = Self.sequences / Self.parts
    for seed in part * count..<(part + 1) * count {
      let faults = Self.faults(of: UInt64(seed))
      if !faults.isEmpty { Issue.record("seed \(seed): \(faults)") }
    }
  }

  private static func faults(of seed: UInt64) -> [String] {
    var acts = SeededActs(seed: seed)
    let driver = NetDriver(pageLimit: [36, 64, 512][acts.draw(3)]) {
      ($0.order, $0.isHotplugged) = (FakeNetback.Order.allCases[acts.draw(3)], acts.draw(4) > 0)
    }
    let backend = driver.backend
    // A backend that is forgotten in the middle takes up slots that were not answered.
    backend.isConfused = true
    for number in 0..<2 + acts.draw(12) {
      driver.world.run(
        turns: acts.draw(12), horizon: UInt64(acts.draw(2)) * 10_000, isBounded: true)
      if acts.draw(3) == 0 { backend.holds = acts.draw(2) == 0 }
      if acts.draw(6) == 0 { backend.appetite = [0, 1, .max][acts.draw(3)] }
      driver.outbox += (0..<acts.draw(20)).map { frame(&acts, $0 + number) }
      if acts.draw(3) == 0 { backend.outbox += (0..<acts.draw(80)).map { .sample(60, $0) } }
      if acts.draw(60) == 0 { driver.frontend.close() }
      _ = acts.act(on: driver.world)
    }
    acts.heal(driver.world)
    (backend.holds, backend.appetite, backend.isConfused) = (false, .max, false)
    backend.outbox = []
    driver.world.run()
    (driver.outbox, driver.received) = ([], [])
    (backend.isAlive, backend.log, backend.spuriousEvents) = (true, [], 0)
    backend.attach()
    driver.world.run()
    var faults: [String] = []
    if driver.state == .connected {
      driver.finish((0..<30).map { .sample(1000, $0) })
      driver.receive((0..<30).map { .sample(1000, $0) })
      if backend.log != driver.received || backend.log.count != 30 {
        faults.append("\(backend.log.count) frames sent, \(driver.received.count) received")
      }
    } else if driver.state != .closed {
      faults.append("it is \(driver.state)")
    }
    return faults + driver.close()
  }

  private static func frame(_ acts: inout SeededActs, _ number: Int) -> NetFrame {
    let frame = NetFrame.sample(14 + acts.draw(acts.draw(3) == 0 ? 20_000 : 1500), number)
    return acts.draw(5) == 0 ? frame.inSegments(1448) : frame
  }
}
