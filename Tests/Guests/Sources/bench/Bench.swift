// SPDX-License-Identifier: Apache-2.0

import GuestRuntime

/// Measures itself: each line of input names a piece of work, and the answer is how often it was
/// done and in how many nanoseconds.
@main
struct Bench: Appliance {
  func run(_ guest: borrowing Guest) throws(GuestError) {
    guest.console.print("ready\n")
    var lines = LineReader(guest.console)
    while let line = lines.next(withinMilliseconds: 600_000) {
      let start = guest.clock.nanoseconds
      let count: Int
      switch line {
      case GuestText("read").bytes: count = try read(guest)
      case GuestText("read-together").bytes: count = try readTogether(guest)
      case GuestText("print").bytes: count = printPattern(guest, pieces: 4096)
      case GuestText("print-lines").bytes: count = printPattern(guest, pieces: 64)
      default: return
      }
      guest.console.print("took \(count) in \(guest.clock.nanoseconds - start)\n")
    }
  }

  /// Reads a node over and over, one request at a time, for half a second.
  private func read(_ guest: borrowing Guest) throws(GuestError) -> Int {
    let end = guest.clock.nanoseconds + 500_000_000
    var count = 0
    while guest.clock.nanoseconds < end {
      guard try guest.xenstore.value(of: "domid") != nil else { throw GuestError("no domid") }
      count += 1
    }
    return count
  }

  /// Reads a node over and over, in requests for a hundred values, for half a second.
  private func readTogether(_ guest: borrowing Guest) throws(GuestError) -> Int {
    let paths = [GuestText](repeating: "domid", count: 100)
    let end = guest.clock.nanoseconds + 500_000_000
    var count = 0
    while guest.clock.nanoseconds < end {
      for value in try guest.xenstore.values(of: paths) where value != nil { count += 1 }
    }
    return count
  }

  /// Prints 256 KiB of lines, each of 64 bytes and moved by one character, in pieces.
  private func printPattern(_ guest: borrowing Guest, pieces: Int) -> Int {
    let size = 256 << 10
    var piece: [UInt8] = []
    piece.reserveCapacity(pieces)
    for offset in 0..<size {
      piece.append(offset % 64 == 63 ? 10 : UInt8(32 + (offset / 64 + offset) % 95))
      guard piece.count == pieces else { continue }
      guest.console.write(piece)
      piece.removeAll(keepingCapacity: true)
    }
    return size
  }
}
