// SPDX-License-Identifier: Apache-2.0

import GuestRuntime

/// Uses what `guest.xenstore` has beside reading, writing and watching; prints what it finds.
@main
struct StoreAPI: Appliance {
  func run(_ guest: borrowing Guest) throws(GuestError) {
    let store = guest.xenstore
    try store.make("data/made")
    guest.console.print("made: \(try store.value(of: "data/made")?.count ?? -1) bytes\n")

    try store.setPermissions(
      [.init(domain: guest.domainID), .init(domain: 0, canRead: true)], of: "data/made")
    for permission in try store.permissions(of: "data/made") {
      guest.console.print(permission.domain == guest.domainID ? "own:" : "dom0:")
      guest.console.print(permission.canRead ? " reads" : " does not read")
      guest.console.print(permission.canWrite ? ", writes\n" : ", does not write\n")
    }

    try transactions(guest)

    for number in 0..<100 { try store.set("data/many/\(number)", to: "\(number)") }
    let paths = (0..<101).map { "data/many/\($0)" as GuestText }
    let values = try store.values(of: paths)
    let right = values.enumerated().filter { $1 == ("\($0)" as GuestText).bytes }.count
    guest.console.print("pipelined: \(right) right, \(values.filter { $0 == nil }.count) missing\n")

    try store.watch("data/ready")
    try store.set("data/list", to: "")
    while try store.number(of: "data/ready") == nil {
      guard let _ = try store.nextChange(withinMilliseconds: 30_000) else {
        throw GuestError("nobody made the list")
      }
    }
    try store.unwatch("data/ready")
    let names = try store.children(of: "data/list")
    let bytes = names.reduce(0) { $0 + $1.count + 1 }
    guest.console.print("list: \(names.count) children, \(bytes) bytes\n")

    do throws(GuestError) {
      try store.set("/local/domain/0/name", to: "mine")
    } catch {
      guest.console.print(error.refusal == .denied ? "denied\n" : "not denied\n")
    }
    guest.console.print(store.failure == nil ? "no failure\n" : "failure\n")
  }

  private func transactions(_ guest: borrowing Guest) throws(GuestError) {
    let store = guest.xenstore
    let console = guest.console
    var tries = 0
    try store.set("data/account", to: "10")
    let sum = try store.transaction { inside throws(GuestError) in
      tries += 1
      let amount = try inside.number(of: "data/account") ?? 0
      // Somebody else is faster, once.
      if tries == 1 { try store.set("data/account", to: "20") }
      try inside.set("data/account", to: "\(amount + 1)")
      try inside.set("data/other", to: "\(amount + 2)")
      return amount + 1
    }
    let account = try store.number(of: "data/account")
    let other = try store.number(of: "data/other")
    console.print("transaction: \(sum) \(account ?? 0) \(other ?? 0) after \(tries) tries\n")
    do throws(GuestError) {
      try store.transaction { inside throws(GuestError) in
        try inside.set("data/account", to: "99")
        throw GuestError("thought better of it")
      }
    } catch {
      console.print("\(error.message): \(try store.number(of: "data/account") ?? 0)\n")
    }
  }
}
