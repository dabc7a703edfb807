// SPDX-License-Identifier: Apache-2.0

import FixtureCatalogue
import FixtureSupport
import GuestRuntime

/// Prints a line, and ends with a status.
@main
struct HelloExit: Fixture {
  static var about: FixtureDescription { .helloExit }

  func perform(_ guest: borrowing Guest, _ given: GivenParameters) throws(GuestError) {
    ready(guest)
    guest.console.print("hello from domain \(guest.domainID)\n")
    guest.clock.sleep(milliseconds: given.number("after"))
    guest.console.print("Test result: SUCCESS\n")
    guest.exit(UInt8(given.number("code")))
  }
}
