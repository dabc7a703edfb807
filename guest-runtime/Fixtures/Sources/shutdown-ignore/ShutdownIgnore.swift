// SPDX-License-Identifier: Apache-2.0

import FixtureCatalogue
import FixtureSupport
import GuestRuntime

/// Sees requests, and does nothing.
@main
struct ShutdownIgnore: Fixture {
  static var about: FixtureDescription { .shutdownIgnore }

  func perform(_ guest: borrowing Guest, _ given: GivenParameters) throws(GuestError) {
    try guest.lifecycle.acceptRequests()
    ready(guest)
    while true {
      guard try guest.xenstore.nextChange(withinMilliseconds: 3_600_000) != nil,
        let asked = try guest.xenstore.value(of: "control/shutdown"), !asked.isEmpty
      else { continue }
      say("request", guest) { $0.add("asked", asked) }
    }
  }
}
