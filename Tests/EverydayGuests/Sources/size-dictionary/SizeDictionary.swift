// SPDX-License-Identifier: Apache-2.0

import GuestRuntime

/// Hello, and a dictionary of integers.
@main
struct SizeDictionary: Appliance {
  func run(_ guest: borrowing Guest) throws(GuestError) {
    var counts: [Int: Int] = [:]
    for byte in guest.commandLine { counts[Int(byte), default: 0] += 1 }
    guest.console.print("hello from domain \(guest.domainID): \(counts[32] ?? 0) spaces\n")
  }
}
