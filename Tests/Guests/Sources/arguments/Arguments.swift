// SPDX-License-Identifier: Apache-2.0

import GuestRuntime

/// Prints everything that the domain builder handed over.
@main
struct Arguments: Appliance {
  func run(_ guest: borrowing Guest) throws(GuestError) {
    guest.console.print("command line: \(guest.commandLine)\n")
    for module in guest.modules {
      guest.console.print("module: \(module.bytes.count) bytes, sum \(sum(of: module.bytes))\n")
    }
  }

  private func sum(of bytes: BootBytes) -> UInt64 {
    bytes.reduce(0) { $0 &* 31 &+ UInt64($1) }
  }
}
