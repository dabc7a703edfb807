// SPDX-License-Identifier: Apache-2.0

import CFaults
import FixtureCatalogue
import FixtureSupport
import GuestRuntime

/// Halts, deaf.
@main
struct Halt: Fixture {
  static var about: FixtureDescription { .halt }

  func perform(_ guest: borrowing Guest, _ given: GivenParameters) throws(GuestError) {
    ready(guest)
    fault_halt()
  }
}
