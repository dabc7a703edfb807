// SPDX-License-Identifier: Apache-2.0

import GuestRuntime

/// Hello, and strings that are taken apart, sorted and compared.
@main
struct SizeStrings: Appliance {
  func run(_ guest: borrowing Guest) throws(GuestError) {
    let words = String(decoding: guest.commandLine, as: UTF8.self).split(separator: " ").sorted()
    let isLoud = words.contains("loud") || words.first?.hasPrefix("--") == true
    guest.console.print("hello from domain \(guest.domainID): \(words.count), \(isLoud)\n")
  }
}
