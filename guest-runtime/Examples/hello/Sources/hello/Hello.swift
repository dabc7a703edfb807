// SPDX-License-Identifier: Apache-2.0

import GuestRuntime

@main
struct Hello: Appliance {
  func run(_ guest: borrowing Guest) throws(GuestError) {
    guest.console.print("hello from domain \(guest.domainID)\n")
  }
}
