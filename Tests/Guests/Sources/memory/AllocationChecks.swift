// SPDX-License-Identifier: Apache-2.0

import CAllocation
import GuestRuntime

/// What C promises of its allocation functions, tried out.
enum AllocationChecks {
  static func run() throws(GuestError) {
    try checkSizes()
    try checkAlignments()
    try checkCalloc()
    try checkRealloc()
    try checkRefusals()
  }

  private static func checkSizes() throws(GuestError) {
    for size in [0, 1, 16, 17, 100, 4096, 70_000] {
      let first = c_malloc(size)
      let second = c_malloc(size)
      try require(first != nil && second != nil && first != second, "malloc(\(size)) failed")
      let usable = c_malloc_usable_size(first)
      try require(usable >= size && usable < size + 64, "malloc_usable_size says \(usable)")
      // All of it is usable: the neighbour's content and header stay whole.
      second?.storeBytes(of: 0x11, as: UInt8.self)
      first?.initializeMemory(as: UInt8.self, repeating: 0xff, count: usable)
      try require(second?.load(as: UInt8.self) == 0x11, "blocks overlap")
      c_free(second)
      c_free(first)
    }
    c_free(nil)
    try require(c_malloc_usable_size(nil) == 0, "null has a size")
  }

  private static func checkAlignments() throws(GuestError) {
    for shift in 0..<17 {
      let alignment = 1 << shift
      var memory: UnsafeMutableRawPointer?
      try require(c_posix_memalign(&memory, alignment, 100) == 0, "posix_memalign failed")
      let other = c_aligned_alloc(alignment, 100)
      for block in [memory, other] {
        let address = UInt(bitPattern: block)
        try require(
          address != 0 && address % UInt(max(16, alignment)) == 0,
          "\(hex: address) is not aligned to \(alignment)")
      }
      c_free(memory)
      c_free(other)
    }
  }

  private static func checkCalloc() throws(GuestError) {
    let dirty = c_malloc(5000)
    dirty?.initializeMemory(as: UInt8.self, repeating: 0xff, count: 5000)
    c_free(dirty)
    guard let clean = c_calloc(50, 100) else { throw GuestError("calloc failed") }
    try require(clean == dirty, "the block just freed is not used again")
    for offset in 0..<5000 {
      try require(clean.load(fromByteOffset: offset, as: UInt8.self) == 0, "calloc left bytes")
    }
    c_free(clean)
  }

  private static func checkRealloc() throws(GuestError) {
    guard var memory = c_realloc(nil, 10) else { throw GuestError("realloc(NULL) failed") }
    let usable = c_malloc_usable_size(memory)
    try require(c_realloc(memory, usable) == memory, "a block with room was moved")
    for offset in 0..<usable {
      memory.storeBytes(of: UInt8(offset), toByteOffset: offset, as: UInt8.self)
    }
    guard let larger = c_realloc(memory, 100_000) else { throw GuestError("realloc failed") }
    memory = larger
    for offset in 0..<usable {
      try require(
        memory.load(fromByteOffset: offset, as: UInt8.self) == UInt8(offset), "bytes were lost")
    }
    try require(c_realloc(memory, Int.max) == nil, "realloc of everything worked")
    try require(memory.load(fromByteOffset: 1, as: UInt8.self) == 1, "a refusal destroyed bytes")
    c_free(memory)
  }

  private static func checkRefusals() throws(GuestError) {
    try require(c_malloc(Int.max) == nil, "malloc of everything worked")
    try require(c_malloc(-1) == nil, "malloc of more than everything worked")
    try require(c_calloc(1 << 33, 1 << 33) == nil, "calloc wrapped")
    try require(c_aligned_alloc(24, 24) == nil, "aligned_alloc took 24")
    try require(c_aligned_alloc(0, 24) == nil, "aligned_alloc took 0")
    var memory: UnsafeMutableRawPointer?
    try require(c_posix_memalign(&memory, 24, 24) == 22, "posix_memalign took 24")
    try require(memory == nil, "posix_memalign wrote a result")
  }
}
