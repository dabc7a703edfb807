// SPDX-License-Identifier: Apache-2.0

import Testing
import XenRings

@Suite struct RingArithmetic {
  let ring = RingGeometry(capacity: 2048)

  @Test(arguments: [
    (produced: UInt32(0), consumed: UInt32(0), used: UInt32(0)),
    (2048, 0, 2048),
    (4096, 4096, 0),
    (1, .max, 2),
    (2047, .max, 2048),
    (.max, .max - 2048, 2048),
  ])
  func countsUsedBytesAcrossTheWrap(produced: UInt32, consumed: UInt32, used: UInt32) throws {
    #expect(try ring.used(produced: produced, consumed: consumed) == used)
  }

  @Test(arguments: [
    (produced: UInt32(2049), consumed: UInt32(0)),
    (0, 1),
    (.max, 0),
    (0, 0x8000_0000),
    (2048, .max),
  ])
  func rejectsImpossibleIndices(produced: UInt32, consumed: UInt32) {
    #expect(throws: RingError.corruptIndices(produced: produced, consumed: consumed)) {
      try ring.used(produced: produced, consumed: consumed)
    }
  }

  @Test func aWindowStopsAtTheEndAndGoesOnAtTheStart() {
    let inside = ring.window(at: 10, count: 100)
    #expect((inside.start, inside.firstCount, inside.secondCount) == (10, 100, 0))
    let across = ring.window(at: 2040, count: 20)
    #expect((across.start, across.firstCount, across.secondCount) == (2040, 8, 12))
    let wrapped = ring.window(at: .max, count: 2048)
    #expect((wrapped.start, wrapped.firstCount, wrapped.secondCount) == (2047, 1, 2047))
    let empty = ring.window(at: 5, count: 0)
    #expect((empty.firstCount, empty.secondCount) == (0, 0))
  }

  @Test func refusesACapacityThatIsNoPowerOfTwo() async {
    await #expect(processExitsWith: .failure) { _ = RingGeometry(capacity: 1000) }
    await #expect(processExitsWith: .failure) { _ = RingGeometry(capacity: 0) }
  }
}
