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
    while true { try sayNextRequest(guest) }
  }
}
