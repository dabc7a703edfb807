// SPDX-License-Identifier: Apache-2.0

import GuestRuntime

/// Prints one letter over and over until it is asked to stop; then says how often, and how many of
/// them nobody took.
@main
struct Chatter: Appliance {
  func run(_ guest: borrowing Guest) throws(GuestError) {
    try guest.lifecycle.acceptRequests()
    guest.console.print("counting\n")
    let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 1000)
    var printed: UInt64 = 0
    while try guest.lifecycle.takeRequest() == nil {
      guest.console.write(piece)
      printed += 1000
      try guest.xenstore.set("data/printed", to: "\(printed)")
      guest.clock.sleep(milliseconds: 1)
    }
    let dropped = guest.console.droppedBytes
    // Room again, so that the last words come through whole.
    guest.clock.sleep(milliseconds: 1000)
    guest.console.print("\ntotal \(printed), lost \(dropped)\n")
  }
}
