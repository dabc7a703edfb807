// SPDX-License-Identifier: Apache-2.0

import FixtureCatalogue
import FixtureSupport
import GuestRuntime

/// Ends when it is asked to.
@main
struct ShutdownAck: Fixture {
  static var about: FixtureDescription { .shutdownAck }

  func perform(_ guest: borrowing Guest, _ given: GivenParameters) throws(GuestError) {
    try guest.lifecycle.acceptRequests()
    ready(guest)
    try endOnRequest(guest)
  }
}
