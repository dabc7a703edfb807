// SPDX-License-Identifier: Apache-2.0

import CFaults
import FixtureCatalogue
import FixtureSupport
import GuestMachine
import GuestRuntime
import XenABI

/// Halts, deaf.
@main
struct Halt: Fixture {
  static var about: FixtureDescription { .halt }

  func perform(_ guest: borrowing Guest, _ given: GivenParameters) throws(GuestError) {
    ready(guest)
    if given.is("how", "hlt") { fault_halt() }
    while true {
      // No port, no time: nothing ends this.
      var forever = PollArgument(ports: 0, portCount: 0, timeout: 0)
      Xen.call(.scheduler, HypercallOperation.poll, &forever)
    }
  }
}
