// SPDX-License-Identifier: Apache-2.0

import GuestRuntime

/// Looks at the clocks, sleeps, and looks again.
@main
struct Time: Appliance {
  func run(_ guest: borrowing Guest) throws(GuestError) {
    var last = guest.clock.nanoseconds
    for _ in 0..<10_000 {
      let now = guest.clock.nanoseconds
      guard now >= last else { throw GuestError("time went back by \(last - now) ns") }
      last = now
    }
    guard let seconds = guest.clock.secondsSince1970 else { throw GuestError("no wall clock") }
    guest.console.print("seconds since 1970: \(seconds)\n")
    guest.clock.sleep(milliseconds: 250)
    let half = guest.clock.measure { guest.clock.sleep(for: .milliseconds(250)) }
    guard half >= .milliseconds(250), half < .seconds(20) else { throw GuestError("slept wrongly") }
    guest.console.print("slept: \((guest.clock.nanoseconds - last) / 1_000_000) ms\n")
  }
}
