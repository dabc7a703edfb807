// SPDX-License-Identifier: Apache-2.0

import FixtureCatalogue
import FixtureSupport
import GuestMachine
import GuestRuntime
import XenABI

/// Keeps away from the console.
@main
struct NoConsole: Fixture {
  static var about: FixtureDescription { .noConsole }

  func perform(_ guest: borrowing Guest, _ given: GivenParameters) throws(GuestError) {
    try guest.xenstore.set("data/ready", to: "1")
    guest.clock.sleep(milliseconds: given.number("after"))
    try guest.xenstore.set("data/exit-status", to: "0")
    // Not `exit`, and no verdict: both would use the console.
    var reason: UInt32 = 0
    Xen.call(.scheduler, HypercallOperation.shutdown, &reason)
  }
}
