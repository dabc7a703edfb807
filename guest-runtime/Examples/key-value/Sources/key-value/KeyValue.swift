// SPDX-License-Identifier: Apache-2.0

import GuestRuntime

/// A store of values in the guest's memory: what dom0 writes to data/set/KEY appears in
/// data/get/KEY and is taken from data/set. Ends on request.
@main
struct KeyValue: Appliance {
  func run(_ guest: borrowing Guest) throws(GuestError) {
    var values: [(key: [UInt8], value: [UInt8])] = []
    try guest.xenstore.set("data/set", to: "")
    try guest.xenstore.watch("data/set")
    try guest.lifecycle.acceptRequests()
    guest.console.print("ready\n")
    while true {
      _ = try guest.xenstore.nextChange(withinMilliseconds: 60_000)
      for key in try guest.xenstore.children(of: "data/set") {
        guard let value = try guest.xenstore.value(of: "data/set/\(key)") else { continue }
        values.removeAll { $0.key == key }
        values.append((key, value))
        try guest.xenstore.set("data/get/\(key)", to: value)
        try guest.xenstore.remove("data/set/\(key)")
      }
      if let request = try guest.lifecycle.takeRequest() {
        for entry in values { guest.console.print("\(entry.key) = \(entry.value)\n") }
        guest.lifecycle.obey(request)
      }
    }
  }
}
