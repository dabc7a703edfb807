// SPDX-License-Identifier: Apache-2.0

import GuestHeap

/// Memory for one heap, full of 0x5a.
final class Arena {
  let memory: UnsafeMutableRawPointer
  var heap = Heap()

  /// A heap that has all of the arena.
  convenience init(size: Int) { self.init(size: size, used: [0..<size]) }

  /// A heap that has some ranges of the arena.
  init(size: Int, used: [Range<Int>]) {
    memory = .allocate(byteCount: size, alignment: 4096)
    memory.initializeMemory(as: UInt8.self, repeating: 0x5a, count: size)
    for range in used { extend(with: range) }
  }

  deinit { memory.deallocate() }

  /// Gives the heap one more range.
  func extend(with range: Range<Int>) {
    heap.extend(
      with: UnsafeMutableRawBufferPointer(start: memory + range.lowerBound, count: range.count))
  }

  func allocate(size: Int, alignment: Int) -> UnsafeMutableRawPointer? {
    heap.allocate(size: size, alignment: alignment)
  }
}
