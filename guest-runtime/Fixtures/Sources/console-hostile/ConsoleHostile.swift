// SPDX-License-Identifier: Apache-2.0

import FixtureCatalogue
import FixtureSupport
import GuestMachine
import GuestRuntime
import XenABI

/// Breaks the console's protocol.
@main
struct ConsoleHostile: Fixture {
  static var about: FixtureDescription { .consoleHostile }

  func perform(_ guest: borrowing Guest, _ given: GivenParameters) throws(GuestError) {
    guard let page = SharedPage.console else { throw GuestError("there is no console") }
    ready(guest)
    // The daemon has read the line when it is to see what is wrong.
    let printed = page[word: ConsolePageLayout.outputProduced]
    var looks = 0
    while page[word: ConsolePageLayout.outputConsumed] != printed, looks < 500 {
      looks += 1
      guest.clock.sleep(milliseconds: 10)
    }
    let read = page[word: ConsolePageLayout.outputConsumed]
    if given.is("case", "output-ahead") {
      page[word: ConsolePageLayout.outputProduced] = read &+ 2049
    } else if given.is("case", "output-behind") {
      page[word: ConsolePageLayout.outputProduced] = read &- 1
    } else if given.is("case", "input-ahead") {
      let typed = page[word: ConsolePageLayout.inputProduced]
      page[word: ConsolePageLayout.inputConsumed] = typed &+ 100
    } else if given.is("case", "all-ones") {
      for offset in stride(from: 0, to: 4096, by: 4) { page[word: offset] = .max }
    }
    let end = guest.clock.nanoseconds &+ given.number("after") &* 1_000_000
    repeat {
      page.notify()
      if !given.is("case", "storm") { guest.clock.sleep(milliseconds: 50) }
    } while guest.clock.nanoseconds < end
    // No verdict: nothing can be printed any more.
    guest.exit(0)
  }
}
