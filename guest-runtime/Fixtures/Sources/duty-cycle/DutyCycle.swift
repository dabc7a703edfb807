// SPDX-License-Identifier: Apache-2.0

import FixtureCatalogue
import FixtureSupport
import GuestRuntime

/// Uses a part of a CPU.
@main
struct DutyCycle: Fixture {
  static var about: FixtureDescription { .dutyCycle }

  func perform(_ guest: borrowing Guest, _ given: GivenParameters) throws(GuestError) {
    if given.is("deaf", "0") { try guest.lifecycle.acceptRequests() }
    ready(guest)

    let period = given.number("period") * 1_000_000
    let busy = period / 100 * given.number("percent")
    while true {
      let start = guest.clock.nanoseconds
      while guest.clock.nanoseconds &- start < busy {}
      if given.is("deaf", "0") { try obeyRequest(guest) }
      let spent = guest.clock.nanoseconds &- start
      if spent < period { guest.clock.sleep(for: .nanoseconds(Int64(period - spent))) }
    }
  }
}
