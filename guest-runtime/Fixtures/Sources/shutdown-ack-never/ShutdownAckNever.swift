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
      try sayNextRequest(guest)
      try guest.xenstore.set("control/shutdown", to: "")
    }
  }
}
