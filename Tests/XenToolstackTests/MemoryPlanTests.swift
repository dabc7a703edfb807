// SPDX-License-Identifier: Apache-2.0

import CXenLight
import Testing

@testable import XenToolstack

@Suite struct MemoryPlans {
  @Test func smallGuestsHaveOneStretch() {
    let plan = MemoryPlan(DomainConfiguration(name: "a", memoryKiB: 256))
    #expect(plan.lowEnd == 256 << 10)
    #expect(plan.highEnd == 0)
    #expect(plan.pageCount == 64)
    #expect(plan.limitKiB == 256 + 32)
    #expect(plan.map.map(\.addr) == [0, 0xfeff_8000])
    #expect(plan.map.map(\.size) == [256 << 10, 8 << 12])
    #expect(plan.map.map(\.type) == [1, 2])
  }

  @Test func largeOnesGoOnAbove4GiB() {
    let plan = MemoryPlan(DomainConfiguration(name: "a", memoryKiB: 5 << 20))
    #expect(plan.lowEnd == 0xfc00_0000)
    #expect(plan.highEnd == 5 << 30 + (1 << 32 - 0xfc00_0000))
    let memory = plan.map.filter { $0.type == 1 }.reduce(0) { $0 + $1.size }
    #expect(memory == 5 << 30)
  }

  @Test(arguments: [(4096, 1, 74), (4096, 128, 1090), (1 << 20, 1, 584)])
  func thePoolGrowsWithMemoryAndVirtualProcessors(memoryKiB: Int, vcpus: Int, pages: UInt64) {
    let plan = MemoryPlan(
      DomainConfiguration(name: "a", memoryKiB: memoryKiB, vcpuCount: vcpus))
    #expect(plan.pagingPool == pages * 4096)
  }
}
