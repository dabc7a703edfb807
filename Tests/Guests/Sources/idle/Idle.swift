// SPDX-License-Identifier: Apache-2.0

import GuestRuntime

/// Does nothing until data/poke is written, which it says, or until it is asked to stop.
@main
struct Idle: Appliance {
  func run(_ guest: borrowing Guest) throws(GuestError) {
    try guest.lifecycle.acceptRequests()
    try guest.xenstore.watch("data/poke")
    _ = try guest.xenstore.nextChange(withinMilliseconds: 1000)
    guest.console.print("idle\n")
    while try guest.lifecycle.takeRequest() == nil {
      _ = try guest.xenstore.nextChange(withinMilliseconds: 600_000)
      if try guest.xenstore.value(of: "data/poke") != nil { guest.console.print("poked\n") }
    }
  }
}
