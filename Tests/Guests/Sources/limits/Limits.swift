// SPDX-License-Identifier: Apache-2.0

import GuestRuntime

/// Lists what dom0 makes below data/many; then asks xenstore for more and more of each thing until
/// it is refused, and prints how far it got.
@main
struct Limits: Appliance {
  func run(_ guest: borrowing Guest) throws(GuestError) {
    let store = guest.xenstore
    let console = guest.console
    try store.watch("data/many-are-there")
    console.print("ready\n")
    while try store.value(of: "data/many-are-there") == nil {
      _ = try store.nextChange(withinMilliseconds: 60_000)
    }
    do throws(GuestError) {
      console.print("children that fill more than a reply: ")
      console.print("\(try store.children(of: "data/many").count)\n")
    } catch {
      console.print("\(error.message)\n")
    }

    upToRefusal(guest, "longest value", in: stride(from: 1024, through: 4000, by: 32)) {
      count throws(GuestError) in
      try store.set("data/long", to: [UInt8](repeating: UInt8(ascii: "v"), count: count))
    }
    upToRefusal(guest, "longest path", in: stride(from: 256, through: 3200, by: 32)) {
      count throws(GuestError) in
      _ = try store.value(of: "data/\([UInt8](repeating: UInt8(ascii: "p"), count: count))")
    }
    upToRefusal(guest, "watches", in: stride(from: 1, through: 200, by: 1)) {
      count throws(GuestError) in
      try store.watch("data/watched/\(count)")
    }
    upToRefusal(guest, "nodes", in: stride(from: 1, through: 1500, by: 1)) {
      count throws(GuestError) in
      try store.set("data/nodes/\(count % 50)/\(count)", to: "")
    }
    try store.remove("data/nodes")
    console.print("and works on: \(try store.value(of: "domid") ?? [])\n")
  }

  /// Prints the last number that `attempt` takes, and the end of what the next one is told.
  private func upToRefusal(
    _ guest: borrowing Guest, _ what: StaticString, in numbers: StrideThrough<Int>,
    _ attempt: (Int) throws(GuestError) -> Void
  ) {
    var last = 0
    for number in numbers {
      do throws(GuestError) {
        try attempt(number)
        last = number
      } catch {
        let words = error.message.bytes.split(separator: UInt8(ascii: " "))
        let name = words.last.map { Array($0) } ?? []
        return guest.console.print("\(GuestText(stringLiteral: what)): \(last), then \(name)\n")
      }
    }
    guest.console.print("\(GuestText(stringLiteral: what)): no limit\n")
  }
}
