// SPDX-License-Identifier: Apache-2.0

import FixtureCatalogue
import FixtureSupport
import GuestRuntime

/// Prints a stream.
@main
struct ConsoleFlood: Fixture {
  static var about: FixtureDescription { .consoleFlood }

  func perform(_ guest: borrowing Guest, _ given: GivenParameters) throws(GuestError) {
    ready(guest)
    let (bytes, rate) = (given.number("bytes"), given.number("rate"))
    var stream = FloodStream(seed: UInt32(given.number("seed")))
    let start = guest.clock.nanoseconds
    var printed: UInt64 = 0
    while printed < bytes {
      var piece: [UInt8] = []
      for _ in 0..<min(1024, bytes - printed) { piece.append(stream.next()) }
      guest.console.write(piece)
      printed += UInt64(piece.count)
      guard rate > 0 else { continue }
      let due = start &+ printed / rate &* 1_000_000_000 &+ printed % rate &* 1_000_000_000 / rate
      let now = guest.clock.nanoseconds
      if now < due { guest.clock.sleep(for: .nanoseconds(Int64(due - now))) }
    }
    guest.console.print("\n")
    say("flood", guest) {
      $0.add("bytes", bytes)
      $0.add("dropped", guest.console.droppedBytes)
      $0.add("ms", (guest.clock.nanoseconds - start) / 1_000_000)
    }
  }
}
