// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import GuestHeap

/// Long random use, compared with what the owner of each block knows.
@Suite struct HeapsAgainstAModel {
  private struct Live {
    let block: UnsafeMutableRawPointer
    let size: Int
    let mark: UInt8
  }

  @Test(arguments: 0..<16)
  func randomUseNeverOverlapsAndNeverLeaks(seed: Int) throws {
    var random = SplitMix(state: UInt64(seed))
    // The second region joins the first; the third, behind a hole, comes later.
    let arena = Arena(size: 320 << 10, used: [0..<96 << 10, 96 << 10..<200 << 10])
    var live: [Live] = []
    var peak = 0
    for step in 0..<20_000 {
      if step == 5000 { arena.extend(with: 220 << 10..<320 << 10) }
      if live.count < 250, random.next() % 3 != 0 {
        // Mostly small, now and then large; alignments from 1 byte to 8 KiB.
        let size = Int(random.next() % (random.next() % 8 == 0 ? 20_000 : 600))
        let alignment = 1 << Int(random.next() % 14)
        guard let block = arena.allocate(size: size, alignment: alignment) else { continue }
        #expect(UInt(bitPattern: block) % UInt(max(16, alignment)) == 0)
        let usable = arena.heap.usableSize(of: block)
        try #require(usable >= size)
        let mark = UInt8(truncatingIfNeeded: step)
        block.initializeMemory(as: UInt8.self, repeating: mark, count: usable)
        live.append(Live(block: block, size: usable, mark: mark))
        peak = max(peak, live.reduce(0) { $0 + $1.size + HeapBlock.headerSize })
      } else if !live.isEmpty {
        let gone = live.swapRemove(at: Int(random.next() % UInt64(live.count)))
        let bytes = UnsafeRawBufferPointer(start: gone.block, count: gone.size)
        try #require(bytes.allSatisfy { $0 == gone.mark }, "seed \(seed), step \(step)")
        arena.heap.free(gone.block)
      }
      if step % 100 == 0 {
        // Every byte that the owners may use, and a header each, and nothing else.
        #expect(
          arena.heap.usedBytes == live.reduce(0) { $0 + $1.size + HeapBlock.headerSize },
          "seed \(seed), step \(step)")
        #expect(arena.heap.highWaterMark == peak)
      }
    }
    for gone in live { arena.heap.free(gone.block) }
    #expect(arena.heap.usedBytes == 0, "seed \(seed)")
    #expect(arena.heap.highWaterMark == peak)
    #expect(arena.heap.largestFreeBlock == (200 << 10) - 2 * 16)
  }
}

/// A small generator whose sequence a seed fixes.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

extension Array {
  /// Removes an element by putting the last one in its place.
  fileprivate mutating func swapRemove(at position: Int) -> Element {
    swapAt(position, count - 1)
    return removeLast()
  }
}
