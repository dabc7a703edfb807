// SPDX-License-Identifier: Apache-2.0

import FixtureCatalogue
import FixtureSupport
import GuestRuntime

/// Keeps watches.
@main
struct XSWatchHold: Fixture {
  static var about: FixtureDescription { .xsWatchHold }

  func perform(_ guest: borrowing Guest, _ given: GivenParameters) throws(GuestError) {
    try guest.lifecycle.acceptRequests()
    var held: UInt64 = 0
    var refusal: GuestText?
    while held < given.number("n"), refusal == nil {
      do throws(GuestError) {
        try guest.xenstore.watch("data/watched/\(held)")
        held += 1
        // The first event of each.
        while try guest.xenstore.nextChange(withinMilliseconds: 0) != nil {}
      } catch {
        guard error.refusal != nil else { throw error }
        refusal = error.message
      }
    }
    ready(guest) {
      $0.add("held", held)
      if let refusal { $0.add("refusal", refusal.bytes) }
    }
    if !given.isMaximum("n"), held < given.number("n") { Verdict.failure.end(guest) }
    try endOnRequest(guest)
  }
}
