// SPDX-License-Identifier: Apache-2.0

import FixtureCatalogue
import FixtureSupport
import GuestRuntime

/// Reboots until it has done so often enough.
@main
struct RebootLoop: Fixture {
  static var about: FixtureDescription { .rebootLoop }

  func perform(_ guest: borrowing Guest, _ given: GivenParameters) throws(GuestError) {
    var boots = given.number("boots")
    try guest.xenstore.watch("data/pvh/boots")
    ready(guest) { $0.add("boots", boots) }
    let end = guest.clock.nanoseconds &+ given.number("after") &* 1_000_000
    // A toolstack's test can only write into a domain that is there.
    while guest.clock.nanoseconds < end {
      if let told = try guest.xenstore.number(of: "data/pvh/boots") {
        boots = told
        break
      }
      _ = try guest.xenstore.nextChange(
        withinMilliseconds: (end &- guest.clock.nanoseconds) / 1_000_000 + 1)
    }
    guard boots < given.number("n") else {
      say("enough", guest) { $0.add("boots", boots) }
      return
    }
    say("reboot", guest) { $0.add("boots", boots + 1) }
    guest.lifecycle.obey(.reboot)
  }
}
