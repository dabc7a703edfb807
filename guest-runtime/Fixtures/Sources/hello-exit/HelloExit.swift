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
    let code = given.number("code")
    let verdict: Verdict =
      code == 0 ? .success : code == 77 ? .skip : code == 99 ? .broken : .failure
    verdict.print(.console(guest.console))
    guest.exit(UInt8(code))
  }
}
