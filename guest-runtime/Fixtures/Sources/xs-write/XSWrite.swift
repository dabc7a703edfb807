// SPDX-License-Identifier: Apache-2.0

import FixtureCatalogue
import FixtureSupport
import GuestRuntime

/// Writes a value again and again.
@main
struct XSWrite: Fixture {
  static var about: FixtureDescription { .xsWrite }

  func perform(_ guest: borrowing Guest, _ given: GivenParameters) throws(GuestError) {
    let (path, value) = (given.text("path"), given.text("value"))
    try guest.lifecycle.acceptRequests()
    ready(guest)
    var count = 0
    while true {
      count += 1
      try guest.xenstore.set("\(path)", to: value.isEmpty ? "\(count)" : "\(value)")
      try pause(guest, milliseconds: given.number("every"))
    }
  }
}
