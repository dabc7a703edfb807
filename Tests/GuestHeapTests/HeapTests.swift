// SPDX-License-Identifier: Apache-2.0

import GuestHeap
import Testing

@Suite struct Heaps {
  @Test func memoryIsAlignedWritableAndGivenBackWhole() throws {
    let arena = Arena(size: 64 << 10)
    let whole = try #require(arena.allocate(size: arena.heap.capacity - 16, alignment: 16))
    arena.heap.free(whole)
    var blocks: [UnsafeMutableRawPointer] = []
    for (size, alignment) in [
      (1, 1), (15, 8), (16, 16), (100, 64), (4096, 4096), (0, 16), (3000, 32),
    ] {
      let block = try #require(arena.allocate(size: size, alignment: alignment))
      #expect(UInt(bitPattern: block) % UInt(max(alignment, 16)) == 0)
      #expect(arena.heap.usableSize(of: block) >= size)
      block.initializeMemory(
        as: UInt8.self, repeating: 0xff, count: arena.heap.usableSize(of: block))
      blocks.append(block)
    }
    for position in [1, 0, 5, 3, 6, 2, 4] { arena.heap.free(blocks[position]) }
    #expect(arena.heap.usedBytes == 0)
    // All free neighbours have come together again: the largest block is there as at first.
    #expect(arena.allocate(size: arena.heap.capacity - 16, alignment: 16) == whole)
  }

  @Test func saysNoWhenThereIsNoRoom() {
    let arena = Arena(size: 4096)
    #expect(arena.allocate(size: 5000, alignment: 16) == nil)
    #expect(arena.allocate(size: .max, alignment: 16) == nil)
    #expect(arena.allocate(size: -1, alignment: 16) == nil)
    #expect(arena.allocate(size: 16, alignment: 1 << 20) == nil)
    #expect(arena.heap.usedBytes == 0)
  }

  @Test func theHighWaterMarkStays() throws {
    let arena = Arena(size: 16 << 10)
    let block = try #require(arena.allocate(size: 8000, alignment: 16))
    arena.heap.free(block)
    #expect(arena.heap.usedBytes == 0)
    #expect(arena.heap.highWaterMark >= 8000)
  }

  @Test(arguments: 0..<8)
  func randomUseNeverOverlapsAndNeverLeaks(seed: Int) throws {
    var random = SplitMix(state: UInt64(seed))
    let arena = Arena(size: 256 << 10)
    var live: [(block: UnsafeMutableRawPointer, size: Int, mark: UInt8)] = []
    for step in 0..<20_000 {
      if live.count < 200, random.next() % 3 != 0 {
        let size = Int(random.next() % 3000)
        let alignment = 1 << Int(random.next() % 10)
        guard let block = arena.allocate(size: size, alignment: alignment) else { continue }
        let mark = UInt8(truncatingIfNeeded: step)
        block.initializeMemory(as: UInt8.self, repeating: mark, count: size)
        live.append((block, size, mark))
      } else if !live.isEmpty {
        let (block, size, mark) = live.swapRemove(at: Int(random.next() % UInt64(live.count)))
        let bytes = UnsafeRawBufferPointer(start: block, count: size)
        #expect(bytes.allSatisfy { $0 == mark }, "seed \(seed), step \(step)")
        arena.heap.free(block)
      }
    }
    for (block, _, _) in live { arena.heap.free(block) }
    #expect(arena.heap.usedBytes == 0, "seed \(seed)")
    #expect(arena.allocate(size: arena.heap.capacity - 16, alignment: 16) != nil)
  }

  @Test func aSecondFreeTraps() async {
    await #expect(processExitsWith: .failure) {
      let arena = Arena(size: 4096)
      guard let block = arena.allocate(size: 10, alignment: 16) else { return }
      arena.heap.free(block)
      arena.heap.free(block)
    }
  }
}

/// Memory for one heap, at an address that is not aligned.
private final class Arena {
  let memory: UnsafeMutableRawPointer
  var heap: Heap

  init(size: Int) {
    memory = .allocate(byteCount: size + 8, alignment: 4096)
    heap = Heap(region: UnsafeMutableRawBufferPointer(start: memory + 8, count: size))
  }

  deinit { memory.deallocate() }

  func allocate(size: Int, alignment: Int) -> UnsafeMutableRawPointer? {
    heap.allocate(size: size, alignment: alignment)
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
