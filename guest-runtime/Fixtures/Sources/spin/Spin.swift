// SPDX-License-Identifier: Apache-2.0

import FixtureCatalogue
import FixtureSupport
import GuestRuntime

/// Uses a CPU.
@main
struct Spin: Fixture {
  static var about: FixtureDescription { .spin }

  func perform(_ guest: borrowing Guest, _ given: GivenParameters) throws(GuestError) {
    if given.is("deaf", "0") { try guest.lifecycle.acceptRequests() }
    ready(guest)

    while true {
      // Requests are looked for each 100 ms: one takes the daemon a moment, and is no load of ours.
      let end = guest.clock.nanoseconds &+ 100_000_000
      while guest.clock.nanoseconds < end {}
      if given.is("deaf", "0") { try obeyRequest(guest) }
    }
  }
}
