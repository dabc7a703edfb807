// SPDX-License-Identifier: Apache-2.0

import FixtureCatalogue
import FixtureSupport
import GuestRuntime

/// Writes to all free memory, and reads it back.
@main
struct MemoryTouch: Fixture {
  static var about: FixtureDescription { .memoryTouch }

  func perform(_ guest: borrowing Guest, _ given: GivenParameters) throws(GuestError) {
    try guest.lifecycle.acceptRequests()
    ready(guest)
    var blocks: [UnsafeMutableBufferPointer<UInt64>] = []
    var words = 0
    // Some is left for the lines that are printed.
    while guest.memory.heap.freeBytes > 512 << 10 {
      let count = (min(guest.memory.heap.largestFreeBlock, 256 << 20) - 4096) / 8
      guard count > 4096 else { break }
      let block = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: count)
      for position in block.indices { block[position] = pattern(given, block, position) }
      blocks.append(block)
      words += count
    }
    var wrong = 0
    for block in blocks {
      for position in block.indices where block[position] != pattern(given, block, position) {
        wrong += 1
      }
    }
    say("memory", guest) {
      $0.add("bytes", words * 8)
      $0.add("wrong", wrong)
    }
    guard wrong == 0 else { Verdict.failure.end(guest) }
    if given.is("hold", "1") { try endOnRequest(guest) }
  }

  private func pattern(
    _ given: GivenParameters, _ block: UnsafeMutableBufferPointer<UInt64>, _ position: Int
  ) -> UInt64 {
    if given.is("pattern", "zero") { return 0 }
    if given.is("pattern", "ones") { return .max }
    if given.is("pattern", "alternate") { return 0xaaaa_5555_aaaa_5555 }
    return UInt64(UInt(bitPattern: block.baseAddress)) + UInt64(position) * 8
  }
}
