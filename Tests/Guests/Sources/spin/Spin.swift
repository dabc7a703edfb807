// SPDX-License-Identifier: Apache-2.0

import GuestRuntime

/// Says so, and never ends.
@main
struct Spin: Appliance {
  func run(_ guest: borrowing Guest) throws(GuestError) {
    guest.console.print("spinning\n")
    while true {}
  }
}
