// SPDX-License-Identifier: Apache-2.0

import DeviceFakes
import Testing
import XenDevices
import XenFrontends

/// Toolstacks, backends and xenstored that do anything, in any order.
@Suite struct XenbusPropertyTests {
  private static let sequences = 20_000
  private static let parts = 8

  /// Whatever they do, no page is used that is not ours, nothing is left behind, and a device that is as it
  /// should be is connected.
  @Test(arguments: 0..<parts)
  func anySequenceHasADefinedEnd(part: Int) {
    let count = Self.sequences / Self.parts
    for seed in part * count..<(part + 1) * count {
      let faults = Self.faults(of: UInt64(seed))
      if !faults.isEmpty { Issue.record("seed \(seed): \(faults)") }
    }
  }

  private static func faults(of seed: UInt64) -> [String] {
    let driver = ScriptedDriver(seed % 2 == 0 ? .backendFirst : .frontendFirst)
    let world = driver.world
    for domain: UInt16 in [0, 3] { _ = world.addBackend(domain: domain) }
    world.backends[0].attach()
    var acts = SeededActs(seed: seed)
    var hasEnded = false
    for _ in 0..<2 + acts.draw(12) {
      // Some turns, but not always to the end of what is due.
      world.run(turns: acts.draw(12), horizon: UInt64(acts.draw(2)) * 10_000, isBounded: true)
      if acts.draw(40) == 0 { driver.end(forGood: acts.draw(3) == 0) }
      _ = acts.act(on: world)
    }
    acts.heal(world)
    world.run()
    var faults = world.faults
    if driver.hasRing { faults.append("rings without a device") }
    hasEnded = driver.isClosed
    world.backends[0].isAlive = true
    world.backends[0].attach()
    world.run()
    if !hasEnded, !driver.isConnected, !driver.isClosed {
      faults.append("not connected but \(driver.phase)")
    }
    faults += driver.finish()
    if driver.lostPages != world.xen.lostPages { faults.append("lost pages are not counted") }
    return faults
  }
}
