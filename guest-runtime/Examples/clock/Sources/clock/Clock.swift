// SPDX-License-Identifier: Apache-2.0

import GuestRuntime

/// Publishes the time in xenstore, as often as data/rate says, until it is told to shut down.
@main
struct Clock: Appliance {
  func run(_ guest: borrowing Guest) throws(GuestError) {
    try guest.xenstore.set("data/rate", to: "1000")
    try guest.xenstore.watch("data/rate")
    try guest.lifecycle.acceptRequests()
    var milliseconds: UInt64 = 1000
    while true {
      guard let seconds = guest.clock.secondsSince1970 else { throw GuestError("no wall clock") }
      try guest.xenstore.set("data/time", to: "\(seconds)")
      _ = try guest.xenstore.nextChange(withinMilliseconds: milliseconds)
      if let request = try guest.lifecycle.takeRequest() {
        guest.console.print("asked to stop\n")
        guest.lifecycle.obey(request)
      }
      let rate = try guest.xenstore.value(of: "data/rate") ?? []
      milliseconds = rate.reduce(0) { $0 &* 10 &+ UInt64($1 &- 48) }
      milliseconds = min(max(milliseconds, 10), 60_000)
    }
  }
}
