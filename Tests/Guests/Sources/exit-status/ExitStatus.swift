// SPDX-License-Identifier: Apache-2.0

import GuestRuntime

/// Exits with the number on its command line; throws if there is none.
@main
struct ExitStatus: Appliance {
  func run(_ guest: borrowing Guest) throws(GuestError) {
    guard !guest.commandLine.isEmpty else { throw GuestError("no status was asked for") }
    var status: UInt8 = 0
    for digit in guest.commandLine { status = status &* 10 &+ (digit &- 48) }
    guest.exit(status)
  }
}
