// SPDX-License-Identifier: Apache-2.0

import FixtureCatalogue
import FixtureSupport
import GuestRuntime

/// Prints what changes.
@main
struct XSReader: Fixture {
  static var about: FixtureDescription { .xsReader }

  func perform(_ guest: borrowing Guest, _ given: GivenParameters) throws(GuestError) {
    let path = given.text("path")
    try guest.lifecycle.acceptRequests()
    try guest.xenstore.watch("\(path)")
    ready(guest)
    while true {
      guard let changed = try guest.xenstore.nextChange(withinMilliseconds: 3_600_000) else {
        continue
      }
      try obeyRequest(guest)
      guard changed.starts(with: path) else { continue }
      let value = try guest.xenstore.value(of: "\(changed)")
      say("change", guest) {
        $0.add("path", changed)
        if let value { $0.add("value", Array(value.prefix(600))) } else { $0.add("gone", true) }
      }
    }
  }
}
