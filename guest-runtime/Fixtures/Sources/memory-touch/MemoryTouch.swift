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
    let pattern = Pattern(given)
    var blocks: [UnsafeMutableBufferPointer<UInt64>] = []
    var words = 0
    // Some is left for the lines that are printed.
    while guest.memory.heap.freeBytes > 512 << 10 {
      let count = (min(guest.memory.heap.largestFreeBlock, 256 << 20) - 4096) / 8
      guard count > 4096 else { break }
      let block = UnsafeMutableBufferPointer<UInt64>.allocate(capacity: count)
      for position in block.indices { block[position] = pattern.word(block, position) }
      blocks.append(block)
      words += count
    }
    var wrong = 0
    for block in blocks {
      for position in block.indices where block[position] != pattern.word(block, position) {
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
}

/// What is written.
private enum Pattern {
  case address
  case constant(UInt64)

  init(_ given: GivenParameters) {
    self =
      given.is("pattern", "address")
      ? .address
      : .constant(
        given.is("pattern", "zero")
          ? 0 : given.is("pattern", "ones") ? .max : 0xaaaa_5555_aaaa_5555)
  }

  /// The word at a position of a block.
  func word(_ block: UnsafeMutableBufferPointer<UInt64>, _ position: Int) -> UInt64 {
    switch self {
    case .address: UInt64(UInt(bitPattern: block.baseAddress)) + UInt64(position) * 8
    case .constant(let word): word
    }
  }
}
