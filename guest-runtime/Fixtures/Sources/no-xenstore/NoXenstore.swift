// SPDX-License-Identifier: Apache-2.0

import FixtureCatalogue
import FixtureSupport
import GuestMachine
import GuestRuntime

/// Keeps away from xenstore.
@main
struct NoXenstore: Fixture {
  static var about: FixtureDescription { .noXenstore }

  func perform(_ guest: borrowing Guest, _ given: GivenParameters) throws(GuestError) {
    ready(guest)
    guest.clock.sleep(milliseconds: given.number("after"))
    guest.console.print("Test result: SUCCESS\n")
    // Not `exit`: that would write the exit status to xenstore.
    Xen.shutDown(0)
  }
}
