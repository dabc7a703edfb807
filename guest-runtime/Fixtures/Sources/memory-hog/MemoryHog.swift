// SPDX-License-Identifier: Apache-2.0

import FixtureCatalogue
import FixtureSupport
import GuestRuntime

/// Keeps memory, and writes to it.
@main
struct MemoryHog: Fixture {
  static var about: FixtureDescription { .memoryHog }

  func perform(_ guest: borrowing Guest, _ given: GivenParameters) throws(GuestError) {
    let pages = Int(given.number("mib")) * 256
    guard pages * 4096 + (64 << 10) < guest.memory.heap.largestFreeBlock else {
      throw GuestError(
        "mib=\(pages / 256): there are \(guest.memory.heap.largestFreeBlock) bytes in one piece")
    }
    try guest.lifecycle.acceptRequests()
    let memory = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: pages * 4096)
    for page in 0..<pages { memory[page * 4096] = 1 }
    ready(guest) { $0.add("pages", pages) }
    let rate = Int(given.number("dirty"))
    guard rate > 0 else { try endOnRequest(guest) }
    let start = guest.clock.nanoseconds
    var written = 0
    while true {
      let due = Int((guest.clock.nanoseconds &- start) / 1_000_000) * rate / 1000
      while written < due {
        memory[written % pages * 4096] &+= 1
        written += 1
      }
      try pause(guest, milliseconds: 20)
    }
  }
}
