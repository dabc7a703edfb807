// SPDX-License-Identifier: Apache-2.0

import FixtureCatalogue
import FixtureSupport
import GuestMachine
import GuestRuntime

/// Ends for one reason.
@main
struct End: Fixture {
  static var about: FixtureDescription { .end }

  func perform(_ guest: borrowing Guest, _ given: GivenParameters) throws(GuestError) {
    ready(guest)
    guest.clock.sleep(milliseconds: given.number("after"))
    let reasons: [(StaticString, UInt32)] = [
      ("poweroff", 0), ("reboot", 1), ("suspend", 2), ("crash", 3), ("watchdog", 4),
    ]
    for (word, reason) in reasons where given.is("how", word) {
      say("end", guest) { $0.add("how", word) }
      Xen.shutDown(reason)
    }
    // A toolstack that cancels a suspend lets the domain go on.
    say("resumed", guest)
  }
}
