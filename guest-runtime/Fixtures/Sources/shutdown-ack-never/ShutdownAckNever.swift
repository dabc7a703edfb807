// SPDX-License-Identifier: Apache-2.0

import FixtureCatalogue
import FixtureSupport
import GuestRuntime

/// Acknowledges requests, and goes on.
@main
struct ShutdownAckNever: Fixture {
  static var about: FixtureDescription { .shutdownAckNever }

  func perform(_ guest: borrowing Guest, _ given: GivenParameters) throws(GuestError) {
    try guest.lifecycle.acceptRequests()
    ready(guest)
    while true {
      guard try guest.xenstore.nextChange(withinMilliseconds: 3_600_000) != nil,
        let asked = try guest.xenstore.value(of: "control/shutdown"), !asked.isEmpty
      else { continue }
      say("request", guest) { $0.add("asked", asked) }
      try guest.xenstore.set("control/shutdown", to: "")
    }
  }
}
