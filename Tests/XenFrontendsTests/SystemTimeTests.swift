// SPDX-License-Identifier: Apache-2.0

import Testing
import XenFrontends

@Suite struct SystemTimes {
  @Test func whatIsTooFarAwayIsTheEndOfTime() {
    let now = SystemTime(rawValue: 5)
    #expect(now.advanced(byMilliseconds: 2).rawValue == 2_000_005)
    #expect(now.advanced(byMilliseconds: .max).rawValue == .max)
    let late = SystemTime(rawValue: 1 << 40)
    #expect(late.advanced(byMilliseconds: .max / 1_000_000).rawValue == .max)
  }
}

@Suite struct ClockScales {
  @Test(arguments: [
    // 1 GHz: one nanosecond a tick.
    (
      multiplier: UInt32(0x8000_0000), shift: Int8(1), ticks: UInt64(1_000),
      nanoseconds: UInt64(1_000)
    ),
    // 2 GHz: half a nanosecond a tick.
    (0x8000_0000, 0, 1_000, 500),
    // 4 GHz, written with a right shift.
    (0x8000_0000, -1, 4_000, 1_000),
    // A day at 3 GHz: the product needs more than 64 bits.
    (0xaaaa_aaab, -1, 259_200_000_000_000, 86_400_000_010_058),
  ])
  func scalesWithoutOverflow(multiplier: UInt32, shift: Int8, ticks: UInt64, nanoseconds: UInt64) {
    let scale = ClockScale(timestamp: 7, systemTime: 100, multiplier: multiplier, shift: shift)
    #expect(scale.systemTime(at: 7 + ticks).rawValue == 100 + nanoseconds)
  }

  @Test func aCounterBehindTheSnapshotDoesNotGoBack() {
    let scale = ClockScale(timestamp: 1_000, systemTime: 50, multiplier: .max, shift: 0)
    #expect(scale.systemTime(at: 999).rawValue == 50)
  }
}
