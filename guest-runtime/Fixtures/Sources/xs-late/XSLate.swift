// SPDX-License-Identifier: Apache-2.0

import FixtureCatalogue
import FixtureSupport
import GuestMachine
import GuestRuntime
import XenABI

/// Waits until xenstored is there.
@main
struct XSLate: Fixture {
  static var about: FixtureDescription { .xsLate }

  func perform(_ guest: borrowing Guest, _ given: GivenParameters) throws(GuestError) {
    guard var door = XenstoreDoor() else { throw GuestError("there is no xenstore") }
    let start = guest.clock.nanoseconds
    let end = start &+ given.number("within") &* 1_000_000
    let wasThere = door.page[word: XenstorePageLayout.connection] == 0
    ready(guest) { $0.add("connected", wasThere) }
    while door.page[word: XenstorePageLayout.connection] != 0, guest.clock.nanoseconds < end {
      guest.clock.sleep(milliseconds: 10)
    }
    let request = XenstoreDoor.Frame(type: 2, request: 7, payload: GuestText("name\0").bytes)
    let isServed =
      door.page[word: XenstorePageLayout.connection] == 0 && door.send(request.bytes())
      && door.receive(withinMilliseconds: 5000)?.request == 7
    say("late", guest) {
      $0.add("served", isServed)
      $0.add("ms", (guest.clock.nanoseconds - start) / 1_000_000)
    }
    guard isServed else { Verdict.failure.end(guest) }
  }
}
