// SPDX-License-Identifier: Apache-2.0

import GuestRuntime

/// Marks what it does: a pause of 200 ms, or with "many" on its command line, more than there is room for.
@main
struct Marks: Appliance {
  func run(_ guest: borrowing Guest) throws(GuestError) {
    if guest.commandLine == "many" {
      for _ in 0..<70 { guest.mark("again") }
      return
    }
    guest.mark("before the pause")
    guest.clock.sleep(milliseconds: 200)
    guest.mark("after\u{1b}[2J the pause")
    guest.console.print("rested\n")
  }
}
