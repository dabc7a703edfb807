// SPDX-License-Identifier: Apache-2.0

import FixtureCatalogue
import FixtureSupport
import GuestMachine
import GuestRuntime

/// Arms a watchdog, and lets it end the domain.
@main
struct Watchdog: Fixture {
  static var about: FixtureDescription { .watchdog }

  func perform(_ guest: borrowing Guest, _ given: GivenParameters) throws(GuestError) {
    let seconds = UInt32(given.number("timeout"))
    let number = Xen.watchdog(0, seconds: seconds)
    guard number > 0 else { throw GuestError("Xen gives no watchdog: error \(-number)") }
    ready(guest)
    for turn in 0..<given.number("feed") {
      guest.clock.sleep(milliseconds: UInt64(seconds) * 500)
      let answer = Xen.watchdog(UInt32(number), seconds: seconds)
      guard answer >= 0 else { throw GuestError("Xen does not take the food: error \(-answer)") }
      say("fed", guest) { $0.add("n", turn + 1) }
    }
    say("hungry", guest)
    guest.clock.sleep(milliseconds: UInt64(seconds) * 1000 + 60_000)
    throw GuestError("the watchdog did not end the domain")
  }
}
