// SPDX-License-Identifier: Apache-2.0

import CFaults
import FixtureCatalogue
import FixtureSupport
import GuestRuntime

/// Faults with an empty interrupt table.
@main
struct TripleFault: Fixture {
  static var about: FixtureDescription { .tripleFault }

  func perform(_ guest: borrowing Guest, _ given: GivenParameters) throws(GuestError) {
    ready(guest)
    guest.clock.sleep(milliseconds: given.number("after"))
    fault_triple()
  }
}
