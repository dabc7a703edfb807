// SPDX-License-Identifier: Apache-2.0

import GuestRuntime

/// Reads a key, then lines, and says what was typed with line ends as a terminal in raw mode needs
/// them.
@main
struct Typing: Appliance {
  func run(_ guest: borrowing Guest) throws(GuestError) {
    guest.console.print("press a key\n")
    guard let key = guest.console.readByte(withinMilliseconds: 60_000) else {
      throw GuestError("nobody pressed a key")
    }
    guest.console.addsCarriageReturns = true
    guest.console.print("key \(key)\ntype lines\n")
    var lines = LineReader(guest.console)
    var bytes = 0
    while let line = lines.next(withinMilliseconds: 60_000), !line.isEmpty {
      bytes += line.count
      guest.console.print("line of \(line.count): \(Array(line.prefix(10)))\n")
    }
    guest.console.addsCarriageReturns = false
    guest.console.print("\(bytes) bytes\n")
  }
}
