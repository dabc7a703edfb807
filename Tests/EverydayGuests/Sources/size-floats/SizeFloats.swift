// SPDX-License-Identifier: Apache-2.0

import GuestRuntime

/// Hello, and a number with a fraction, printed.
@main
struct SizeFloats: Appliance {
  func run(_ guest: borrowing Guest) throws(GuestError) {
    let seconds = Double(guest.clock.nanoseconds) / 1e9
    guest.console.print("hello from domain \(guest.domainID), after \(seconds) s\n")
  }
}
