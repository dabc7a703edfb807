// SPDX-License-Identifier: Apache-2.0

import FixtureCatalogue
import FixtureSupport
import GuestRuntime

/// Does not offer to shut down.
@main
struct ShutdownRefuse: Fixture {
  static var about: FixtureDescription { .shutdownRefuse }

  func perform(_ guest: borrowing Guest, _ given: GivenParameters) throws(GuestError) {
    let features: [GuestText] = ["control/feature-poweroff", "control/feature-reboot"]
    if given.is("feature", "0") {
      for feature in features { try guest.xenstore.set(feature, to: "0") }
    }
    try guest.xenstore.watch("control/shutdown")
    ready(guest)
    if given.is("feature", "late") {
      guest.clock.sleep(milliseconds: given.number("after"))
      for feature in features { try guest.xenstore.set(feature, to: "1") }
      say("offered", guest)
    }
    while true { try sayNextRequest(guest) }
  }
}
