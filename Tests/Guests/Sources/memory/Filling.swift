// SPDX-License-Identifier: Apache-2.0

import CAllocation
import GuestRuntime

/// Many blocks of memory in a list that lies in the blocks themselves.
struct Filling {
  private(set) var count = 0
  private var head: UnsafeMutableRawPointer?

  /// Takes large blocks, then smaller ones, until not even the smallest is there.
  mutating func takeAll(largest: Int) {
    var size = 1 << 24
    while size > largest { size /= 2 }
    while size >= 16 {
      while let block = c_malloc(size) {
        let usable = c_malloc_usable_size(block)
        block.storeBytes(of: head, as: UnsafeMutableRawPointer?.self)
        for offset in Self.stamps(usable) {
          block.storeBytes(of: Self.stamp(block + offset), toByteOffset: offset, as: UInt.self)
        }
        head = block
        count += 1
      }
      size /= 4
    }
  }

  /// Gives all blocks back; what was written to them must still be there.
  mutating func checkAndFreeAll() throws(GuestError) {
    while let block = head {
      for offset in Self.stamps(c_malloc_usable_size(block)) {
        try require(
          block.load(fromByteOffset: offset, as: UInt.self) == Self.stamp(block + offset),
          "at \(hex: UInt(bitPattern: block + offset)) is something else")
      }
      head = block.load(as: UnsafeMutableRawPointer?.self)
      c_free(block)
    }
  }

  /// Where to write a word, the first of them behind the link: in every page, of large blocks in
  /// every 16th.
  private static func stamps(_ size: Int) -> StrideTo<Int> {
    stride(from: 8, to: size, by: size > 1 << 20 ? 65536 : 4096)
  }

  private static func stamp(_ address: UnsafeMutableRawPointer) -> UInt {
    UInt(bitPattern: address) &* 0x9e37_79b9_7f4a_7c15
  }
}
