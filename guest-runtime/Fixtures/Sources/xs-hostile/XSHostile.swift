// SPDX-License-Identifier: Apache-2.0

import FixtureCatalogue
import FixtureSupport
import GuestMachine
import GuestRuntime
import XenABI

/// Breaks xenstore's protocol.
@main
struct XSHostile: Fixture {
  static var about: FixtureDescription { .xsHostile }

  func perform(_ guest: borrowing Guest, _ given: GivenParameters) throws(GuestError) {
    guard let door = XenstoreDoor() else { throw GuestError("there is no xenstore") }
    ready(guest)
    let read = XenstoreDoor.Frame(type: 2, request: 7, payload: GuestText("name\0").bytes)
    let page = door.page
    if given.is("case", "length") {
      _ = door.send(read.bytes(length: 4097))
    } else if given.is("case", "request-ahead") {
      page[word: XenstorePageLayout.requestsProduced] =
        page[word: XenstorePageLayout.requestsConsumed] &+ 1025
    } else if given.is("case", "reply-ahead") {
      page[word: XenstorePageLayout.responsesConsumed] =
        page[word: XenstorePageLayout.responsesProduced] &+ 100
    } else if given.is("case", "half") {
      _ = door.send(Array(read.bytes().prefix(20)))
    } else if given.is("case", "unread") {
      // Until the ring of answers is full, and the daemon takes no more.
      for _ in 0..<200 where !door.send(read.bytes(), withinMilliseconds: 100) { break }
    }
    let end = guest.clock.nanoseconds &+ given.number("after") &* 1_000_000
    repeat {
      page.notify()
      if !given.is("case", "storm") { guest.clock.sleep(milliseconds: 50) }
    } while guest.clock.nanoseconds < end
    guest.console.print("Test result: SUCCESS\n")
    // Not `exit`, which would wait for xenstored.
    Xen.shutDown(0)
  }
}
