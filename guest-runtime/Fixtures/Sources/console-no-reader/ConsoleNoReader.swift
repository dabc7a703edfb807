// SPDX-License-Identifier: Apache-2.0

import FixtureCatalogue
import FixtureSupport
import GuestRuntime

/// Never takes input.
@main
struct ConsoleNoReader: Fixture {
  static var about: FixtureDescription { .consoleNoReader }

  func perform(_ guest: borrowing Guest, _ given: GivenParameters) throws(GuestError) {
    try guest.lifecycle.acceptRequests()
    ready(guest)
    var count = 0
    while true {
      try pause(guest, milliseconds: 1000)
      count += 1
      say("tick", guest) { $0.add("n", count) }
    }
  }
}
