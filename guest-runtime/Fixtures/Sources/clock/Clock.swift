// SPDX-License-Identifier: Apache-2.0

import FixtureCatalogue
import FixtureSupport
import GuestMachine
import GuestRuntime

/// Prints what the clocks say.
@main
struct Clock: Fixture {
  static var about: FixtureDescription { .clock }

  func perform(_ guest: borrowing Guest, _ given: GivenParameters) throws(GuestError) {
    try guest.lifecycle.acceptRequests()
    ready(guest)
    let limit = given.number("lines")
    var line: UInt64 = 0
    while limit == 0 || line < limit {
      line += 1
      say("clock", guest) {
        $0.add("n", line)
        $0.add("ns", guest.clock.nanoseconds)
        $0.add("tsc", CPU.timestamp)
        $0.add("seconds", guest.clock.secondsSince1970 ?? 0)
      }
      try pause(guest, milliseconds: given.number("every"))
    }
  }
}
