// SPDX-License-Identifier: Apache-2.0

import FixtureCatalogue
import FixtureSupport
import GuestRuntime

/// Sleeps.
@main
struct Idle: Fixture {
  static var about: FixtureDescription { .idle }

  func perform(_ guest: borrowing Guest, _ given: GivenParameters) throws(GuestError) {
    try guest.lifecycle.acceptRequests()
    ready(guest)
    let beat = given.number("beat")
    guard beat > 0 else { try endOnRequest(guest) }
    var count = 0
    while true {
      try pause(guest, milliseconds: beat)
      count += 1
      say("beat", guest) { $0.add("n", count) }
    }
  }
}
