// SPDX-License-Identifier: Apache-2.0

import GuestRuntime

/// Prints 1 MiB of bytes that a test can foretell, in pieces of changing size.
@main
struct Flood: Appliance {
  func run(_ guest: borrowing Guest) throws(GuestError) {
    var state: UInt32 = 1
    var remaining = 1 << 20
    var piece: [UInt8] = []
    while remaining > 0 {
      piece.removeAll(keepingCapacity: true)
      for _ in 0..<min(remaining, Int(state % 5000) + 1) {
        state = state &* 1_664_525 &+ 1_013_904_223
        piece.append(UInt8(truncatingIfNeeded: state >> 24))
      }
      guest.console.write(piece)
      remaining -= piece.count
    }
  }
}
