// SPDX-License-Identifier: Apache-2.0

import GuestRuntime

/// Recursion that needs the stack which `pvh.json` declares.
@main
struct Deep: Appliance {
  func run(_ guest: borrowing Guest) throws(GuestError) {
    guest.console.print("\(depth(guest.commandLine == "too deep" ? .max : 40_000, 1))\n")
  }

  /// Calls itself; more than 64 bytes of stack for each time.
  @inline(never)
  private func depth(_ number: Int, _ sum: Int) -> Int {
    var words = [8 of Int](repeating: sum)
    words[number & 7] &+= 1
    let below = number == 0 ? 0 : depth(number - 1, words[number % 7])
    return below &+ (words[number & 3] > 0 ? 1 : 2)
  }
}
