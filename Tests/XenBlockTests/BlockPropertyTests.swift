// SPDX-License-Identifier: Apache-2.0

import DeviceFakes
import Testing
import XenDevices

@testable import XenBlock

/// Disks that are used while toolstacks, backends and xenstored do anything, in any order.
@Suite struct BlockPropertyTests {
  private static let sequences = 3000
  private static let parts = 6

  /// Whatever they do, each request ends, what was written is on the disk, and nothing is left behind.
  @Test(arguments: 0..<parts)
  func eachRequestEnds(part: Int) {
    let count = Self.sequences / Self.parts
    for seed in part * count..<(part + 1) * count {
      let faults = Self.faults(of: UInt64(seed))
      if !faults.isEmpty { Issue.record("seed \(seed): \(faults)") }
    }
  }

  private static func faults(of seed: UInt64) -> [String] {
    var acts = SeededActs(seed: seed)
    let driver = BlockDriver {
      ($0.isPersistent, $0.order) = (acts.draw(2) == 0, FakeBlkback.Order.allCases[acts.draw(3)])
    }
    var requests: [BlockRequest] = []
    for _ in 0..<2 + acts.draw(12) {
      driver.world.run(
        turns: acts.draw(12), horizon: UInt64(acts.draw(2)) * 10_000, isBounded: true)
      if acts.draw(3) == 0 { driver.backend.holds = acts.draw(2) == 0 }
      for _ in 0..<acts.draw(20) {
        let request = request(&acts, requests.count)
        requests.append(request)
        driver.frontend.add(request)
      }
      if acts.draw(6) == 0, let request = requests.last { driver.frontend.abandon(request) }
      if acts.draw(60) == 0 { driver.frontend.close() }
      _ = acts.act(on: driver.world)
    }
    acts.heal(driver.world)
    driver.backend.holds = false
    driver.world.run()
    driver.backend.isAlive = true
    driver.backend.attach()
    driver.world.run()
    var faults: [String] = []
    if driver.state != .connected, driver.state != .closed {
      faults.append("it is \(driver.state)")
    }
    if requests.contains(where: { !$0.isAbandoned && $0.outcome == nil }) {
      faults.append("a request has not ended")
    }
    for (number, request) in requests.enumerated()
    where request.operation == .write && BlockEnd(request) == .done && !request.isAbandoned {
      let bytes = driver.backend.disk[number * 4096..<number * 4096 + 4096]
      if !isSameBytes(bytes, pattern(4096, number)) { faults.append("write \(number) is lost") }
    }
    return faults + driver.close()
  }

  private static func request(_ acts: inout SeededActs, _ number: Int) -> BlockRequest {
    switch acts.draw(4) {
    case 0: .flush()
    case 1: .read(512 << acts.draw(9), at: 0)
    default: .write(pattern(4096, number), at: UInt64(number) * 4096)
    }
  }
}
