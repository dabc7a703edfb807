// SPDX-License-Identifier: Apache-2.0

import GuestRuntime

/// Says every line back, until it is told to stop or hears nothing for a minute.
@main
struct Echo: Appliance {
  func run(_ guest: borrowing Guest) throws(GuestError) {
    guest.console.print("say something; \"bye\" ends it\n")
    var lines = LineReader(guest.console)
    while let line = lines.next(withinMilliseconds: 60_000) {
      if line == GuestText("bye").bytes { return guest.console.print("bye\n") }
      guest.console.print("you said: \(line)\n")
    }
    throw GuestError("nobody said anything for a minute")
  }
}
