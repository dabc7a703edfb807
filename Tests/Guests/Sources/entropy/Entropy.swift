// SPDX-License-Identifier: Apache-2.0

import GuestRuntime

/// Prints random bytes twice; leaves a note where there are none.
@main
struct EntropyGuest: Appliance {
  func run(_ guest: borrowing Guest) throws(GuestError) {
    do throws(GuestError) {
      for _ in 0..<2 {
        let bytes = try Entropy.bytes(33)
        guest.console.print("\(bytes.count) bytes:")
        for byte in bytes { guest.console.print(" \(byte)") }
        guest.console.print("\n")
      }
      guest.console.print("\(try Entropy.bytes(0).count) bytes\n")
    } catch {
      try guest.xenstore.set("data/error", to: error.message)
      throw error
    }
  }
}
