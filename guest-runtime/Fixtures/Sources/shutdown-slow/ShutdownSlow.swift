// SPDX-License-Identifier: Apache-2.0

import FixtureCatalogue
import FixtureSupport
import GuestRuntime

/// Ends some time after it was asked to.
@main
struct ShutdownSlow: Fixture {
  static var about: FixtureDescription { .shutdownSlow }

  func perform(_ guest: borrowing Guest, _ given: GivenParameters) throws(GuestError) {
    try guest.lifecycle.acceptRequests()
    ready(guest)
    while true {
      _ = try guest.xenstore.nextChange(withinMilliseconds: 3_600_000)
      guard let request = try guest.lifecycle.takeRequest() else { continue }
      say("request", guest) { $0.add("asked", request.word) }
      guest.clock.sleep(milliseconds: given.number("seconds") * 1000)
      if request == .powerOff { Verdict.success.end(guest) }
      guest.lifecycle.obey(request)
    }
  }
}
