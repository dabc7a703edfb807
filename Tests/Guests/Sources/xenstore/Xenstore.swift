// SPDX-License-Identifier: Apache-2.0

import GuestRuntime

/// Leaves notes in xenstore, reads them back, and prints what it finds.
@main
struct Xenstore: Appliance {
  func run(_ guest: borrowing Guest) throws(GuestError) {
    let store = guest.xenstore
    try store.set("data/greeting", to: "hello from domain \(guest.domainID)")
    try show(guest, "data/greeting")
    try show(guest, "data/nothing")
    for number in 0..<40 { try store.set("data/list/child-with-a-long-name-\(number)", to: "") }
    guest.console.print("children: \(try store.children(of: "data/list").count)\n")
    try store.remove("data/list")
    try store.remove("data/list")
    guest.console.print("children: \(try store.children(of: "data/list").count)\n")
    try store.set("data/long", to: [UInt8](repeating: 120, count: 2000))
    guest.console.print("long: \(try store.value(of: "data/long")?.count ?? 0)\n")
    try store.watch("data/watched")
    _ = try store.nextChange(withinMilliseconds: 60_000)
    try store.set("data/watched/below", to: "1")
    let changed = try store.nextChange(withinMilliseconds: 60_000) ?? []
    guest.console.print("changed: \(changed)\n")
    let silence = try store.nextChange(withinMilliseconds: 50)
    guest.console.print(silence == nil ? "then nothing\n" : "then something\n")
    try store.set("/local/domain/0/name", to: "mine")
  }

  private func show(_ guest: borrowing Guest, _ path: GuestText) throws(GuestError) {
    guard let value = try guest.xenstore.value(of: path) else {
      return guest.console.print("\(path) is not there\n")
    }
    guest.console.print("\(path) = \(value)\n")
  }
}
