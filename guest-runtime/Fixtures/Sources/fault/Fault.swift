// SPDX-License-Identifier: Apache-2.0

import CFaults
import FixtureCatalogue
import FixtureSupport
import GuestRuntime

/// Takes an exception.
@main
struct Fault: Fixture {
  static var about: FixtureDescription { .fault }

  func perform(_ guest: borrowing Guest, _ given: GivenParameters) throws(GuestError) {
    ready(guest)
    guest.clock.sleep(milliseconds: given.number("after"))
    let faults: [(StaticString, () -> Void)] = [
      ("ud", fault_invalid_opcode), ("pf", fault_page), ("gp", fault_general_protection),
      ("de", fault_division), ("nx", fault_no_execute), ("stack", fault_stack),
    ]
    for (kind, fault) in faults where given.is("kind", kind) { fault() }
    throw GuestError("the CPU let it pass")
  }
}
