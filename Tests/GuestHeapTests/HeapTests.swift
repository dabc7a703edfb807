// SPDX-License-Identifier: Apache-2.0

import GuestHeap
import Testing

@Suite struct Heaps {
  @Test func memoryIsAlignedWritableAndGivenBackWhole() throws {
    let arena = Arena(size: 64 << 10)
    let whole = try #require(arena.allocate(size: arena.heap.largestFreeBlock, alignment: 16))
    #expect(arena.allocate(size: 0, alignment: 16) == nil)
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
    #expect(arena.heap.largestFreeBlock == 0)
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

  @Test func aFreedNeighbourIsJoinedInEveryOrder() throws {
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
      let arena = Arena(size: 8192)
      let largest = arena.heap.largestFreeBlock
      let blocks = try (0..<3).map { _ in
        try #require(arena.allocate(size: 1000, alignment: 16))
      }
      for position in order { arena.heap.free(blocks[position]) }
      #expect(arena.heap.largestFreeBlock == largest)
    }
  }

  @Test func aSecondFreeTraps() async {
    await #expect(processExitsWith: .failure) {
      let arena = Arena(size: 4096)
      guard let block = arena.allocate(size: 10, alignment: 16) else { return }
      arena.heap.free(block)
      arena.heap.free(block)
    }
  }

  @Test func aSecondFreeTrapsEvenIfTheBlockWasJoinedWithTheOneBefore() async {
    await #expect(processExitsWith: .failure) {
      let arena = Arena(size: 4096)
      guard let first = arena.allocate(size: 10, alignment: 16),
        let second = arena.allocate(size: 10, alignment: 16)
      else { return }
      arena.heap.free(first)
      arena.heap.free(second)
      arena.heap.free(second)
    }
  }

  @Test func anOverwrittenHeaderTraps() async {
    await #expect(processExitsWith: .failure) {
      let arena = Arena(size: 4096)
      guard let block = arena.allocate(size: 10, alignment: 16) else { return }
      (block - 16).storeBytes(of: 0x6161_6161_6161, as: Int.self)
      arena.heap.free(block)
    }
  }
}

@Suite struct HeapsOfSeveralRegions {
  @Test func aHeapWithoutMemoryHasNone() {
    var heap = Heap()
    #expect(heap.allocate(size: 0, alignment: 16) == nil)
    #expect(heap.largestFreeBlock == 0)
  }

  @Test func regionsWithAHoleBetweenThemAreNotJoined() throws {
    let arena = Arena(size: 64 << 10, used: [0..<16 << 10, 32 << 10..<64 << 10])
    #expect(arena.heap.capacity == (48 << 10) - 2 * 16)
    #expect(arena.heap.largestFreeBlock == (32 << 10) - 2 * 16)
    let hole = UnsafeRawBufferPointer(start: arena.memory + (16 << 10), count: 16 << 10)
    let upper = try #require(arena.allocate(size: 20 << 10, alignment: 16))
    let lower = try #require(arena.allocate(size: 15 << 10, alignment: 16))
    #expect(lower < arena.memory + (16 << 10))
    #expect(upper > arena.memory + (32 << 10))
    arena.heap.free(upper)
    arena.heap.free(lower)
    #expect(arena.heap.usedBytes == 0)
    #expect(arena.heap.largestFreeBlock == (32 << 10) - 2 * 16)
    #expect(hole.allSatisfy { $0 == 0x5a })
  }

  @Test func regionsThatTouchBecomeOne() throws {
    let arena = Arena(size: 64 << 10, used: [0..<16 << 10])
    let early = try #require(arena.allocate(size: 1000, alignment: 16))
    arena.extend(with: 16 << 10..<64 << 10)
    #expect(arena.heap.capacity == (64 << 10) - 16)
    let large = try #require(arena.allocate(size: 60 << 10, alignment: 16))
    arena.heap.free(early)
    arena.heap.free(large)
    #expect(arena.heap.usedBytes == 0)
    #expect(arena.heap.largestFreeBlock == (64 << 10) - 2 * 16)
  }

  @Test func aFullRegionIsExtended() throws {
    let arena = Arena(size: 8192, used: [0..<4096])
    let full = try #require(arena.allocate(size: arena.heap.largestFreeBlock, alignment: 16))
    arena.extend(with: 4096..<8192)
    #expect(arena.heap.largestFreeBlock == 4096 - 16)
    arena.heap.free(full)
    #expect(arena.heap.largestFreeBlock == 8192 - 2 * 16)
  }
}
