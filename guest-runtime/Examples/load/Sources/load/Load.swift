// SPDX-License-Identifier: Apache-2.0

import GuestRuntime

/// Makes load: reads xenstore as fast as it goes for a second, then prints as much.
@main
struct Load: Appliance {
  func run(_ guest: borrowing Guest) throws(GuestError) {
    let start = guest.clock.nanoseconds
    var reads = 0
    while guest.clock.nanoseconds - start < 1_000_000_000 {
      _ = try guest.xenstore.value(of: "domid")
      reads += 1
    }
    guest.console.print("xenstore reads in a second: \(reads)\n")
    let line = [UInt8](repeating: UInt8(ascii: "."), count: 2047) + [10]
    let middle = guest.clock.nanoseconds
    for _ in 0..<64 { guest.console.write(line) }
    let milliseconds = (guest.clock.nanoseconds - middle) / 1_000_000
    guest.console.print("128 KiB printed in ms: \(milliseconds)\n")
    guest.console.print("bytes dropped: \(guest.console.droppedBytes)\n")
  }
}
