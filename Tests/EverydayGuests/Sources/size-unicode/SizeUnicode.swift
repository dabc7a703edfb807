// SPDX-License-Identifier: Apache-2.0

import GuestRuntime

/// Hello, and what needs the tables of Unicode: comparison, case, properties of characters.
@main
struct SizeUnicode: Appliance {
  func run(_ guest: borrowing Guest) throws(GuestError) {
    let text = String(decoding: guest.commandLine, as: UTF8.self)
    let letters = text.filter { $0.isLetter }.uppercased()
    let numbers = text.compactMap { $0.wholeNumberValue }.reduce(0, +)
    let words = text.split { $0.isWhitespace }.sorted()
    let console = guest.console
    console.print("hello from domain \(guest.domainID): \(letters) \(numbers) \(words.count)\n")
  }
}
