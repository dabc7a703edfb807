// SPDX-License-Identifier: Apache-2.0

import GuestHeap
import Testing

/// The search for RAM that nothing is in, over memory maps good and odd.
@Suite struct FreeMemoryTests {
  /// A range of the map or of something that lies in it.
  struct Given {
    var address: UInt64
    var size: UInt64
    var isRAM: Bool
  }

  @Test func aMapAsXenMakesItLosesWhatTheBuilderPutIn() {
    let ranges = [
      ram(0x0, 0x5780_0000), used(0xfeff_8000, 0x8000), ram(0x1_0000_0000, 0x2000_0000),
      used(0x1c000, 56), used(0x1c038, 4096), used(0x1c100, 48), used(0x1c130, 32),
      used(0x1e000, 300_000),
    ]
    #expect(
      free(in: ranges, from: 0x1a000) == [
        0x1a000..<0x1c000, 0x6_8000..<0x5780_0000, 0x1_0000_0000..<0x1_2000_0000,
      ])
  }

  @Test func onlyWholePagesOfRAMCountAndOfWhatIsUsedEveryPage() {
    #expect(free(in: [ram(0x1800, 0x2900)]) == [0x2000..<0x4000])
    #expect(free(in: [ram(0x1001, 0xffe)]) == [])
    #expect(
      free(in: [ram(0x1000, 0x4000), used(0x2fff, 2)]) == [0x1000..<0x2000, 0x4000..<0x5000])
  }

  @Test func whatIsReservedWinsOverRAM() {
    #expect(
      free(in: [ram(0x1000, 0xf000), used(0x8000, 0x1000), ram(0x8000, 0x1000)])
        == [0x1000..<0x8000, 0x9000..<0x10000])
    #expect(free(in: [ram(0x1000, 0xf000), used(0, 0x20000)]) == [])
  }

  @Test func rangesMayOverlapTouchAndComeInAnyOrder() {
    let pieces = free(in: [ram(0x5000, 0x3000), ram(0x1000, 0x4000), ram(0x2000, 0x4000)])
    // In pieces or not: the heap joins those that touch.
    #expect(pieces.first?.lowerBound == 0x1000)
    #expect(pieces.last?.upperBound == 0x8000)
    #expect(zip(pieces, pieces.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound })
  }

  @Test func emptyWrappingAndEndlessRangesDoNoHarm() {
    #expect(free(in: []) == [])
    #expect(free(in: [ram(0x1000, 0)]) == [])
    #expect(free(in: [ram(0x1000, 0x3000), used(0x2000, 0)]) == [0x1000..<0x4000])
    #expect(free(in: [ram(0x1000, 0x3000), used(0x3000, .max)]) == [0x1000..<0x3000])
    #expect(free(in: [ram(.max, .max), used(.max, .max)]) == [])
    #expect(free(in: [ram(0x1000, .max)]) == [0x1000..<FreeMemory.limit])
  }

  @Test(arguments: 0..<32)
  func isWhatCountingPagesGives(seed: UInt64) {
    var random = Congruential(state: seed &* 77 &+ 1)
    let ranges = (0..<random.below(12) + 1).map { _ in
      Given(
        address: random.below(64 * 4096), size: random.below(20 * 4096),
        isRAM: random.below(3) != 0)
    }
    let pages = (1..<100 as Range<UInt64>).filter { page in
      let bytes = page * 4096..<(page + 1) * 4096
      return ranges.contains {
        $0.isRAM && $0.address <= bytes.lowerBound && bytes.upperBound <= $0.address + $0.size
      }
        && !ranges.contains {
          !$0.isRAM && $0.size > 0 && $0.address < bytes.upperBound
            && bytes.lowerBound < $0.address + $0.size
        }
    }
    let found = free(in: ranges).flatMap { range in
      stride(from: range.lowerBound, to: range.upperBound, by: 4096).map { $0 / 4096 }
    }
    #expect(found == pages, "seed \(seed): \(ranges)")
  }

  private func ram(_ address: UInt64, _ size: UInt64) -> Given {
    Given(address: address, size: size, isRAM: true)
  }

  private func used(_ address: UInt64, _ size: UInt64) -> Given {
    Given(address: address, size: size, isRAM: false)
  }

  /// All free ranges.
  private func free(in ranges: [Given], from start: UInt64 = 0x1000) -> [Range<UInt64>] {
    var result: [Range<UInt64>] = []
    var position = start
    while let range = FreeMemory.next(
      from: position,
      considerAll: { memory in
        for range in ranges {
          memory.consider(range.address, size: range.size, isRAM: range.isRAM)
        }
      })
    {
      result.append(range)
      position = range.upperBound
    }
    return result
  }
}

/// Random numbers whose sequence a seed fixes.
private struct Congruential {
  var state: UInt64

  mutating func below(_ limit: UInt64) -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return (state >> 33) % limit
  }
}
