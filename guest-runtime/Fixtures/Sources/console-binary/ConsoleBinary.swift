// SPDX-License-Identifier: Apache-2.0

import FixtureCatalogue
import FixtureSupport
import GuestRuntime

/// Prints all bytes, and checks those that come back.
@main
struct ConsoleBinary: Fixture {
  static var about: FixtureDescription { .consoleBinary }

  func perform(_ guest: borrowing Guest, _ given: GivenParameters) throws(GuestError) {
    ready(guest)
    let all = (0...255).map { UInt8($0) }
    guest.console.write(all)
    guest.console.print("\n")
    let end = guest.clock.nanoseconds &+ given.number("within") &* 1_000_000
    var got: [UInt8] = []
    while got.count < all.count, guest.clock.nanoseconds < end {
      got += guest.console.read(withinMilliseconds: 100)
    }
    let wrong = zip(got, all).enumerated().first { $0.element.0 != $0.element.1 }?.offset
    say("binary", guest) {
      $0.add("bytes", got.count)
      $0.add("wrong-at", wrong ?? -1)
    }
    guard got.count == all.count, wrong == nil else { Verdict.failure.end(guest) }
  }
}
