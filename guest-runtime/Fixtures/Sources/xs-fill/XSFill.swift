// SPDX-License-Identifier: Apache-2.0

import FixtureCatalogue
import FixtureSupport
import GuestRuntime

/// Makes nodes until it has enough, or gets no more.
@main
struct XSFill: Fixture {
  static var about: FixtureDescription { .xsFill }

  func perform(_ guest: borrowing Guest, _ given: GivenParameters) throws(GuestError) {
    try guest.lifecycle.acceptRequests()
    let value = [UInt8](repeating: UInt8(ascii: "x"), count: Int(given.number("size")))
    var made: UInt64 = 0
    var refusal: GuestText?
    while made < given.number("nodes"), refusal == nil {
      do throws(GuestError) {
        // Directories of 100: the names in one count against the limit of a node.
        try guest.xenstore.set("data/fill/\(made / 100)/\(made % 100)", to: value)
        made += 1
      } catch {
        guard error.refusal != nil else { throw error }
        refusal = error.message
      }
    }
    ready(guest) {
      $0.add("nodes", made)
      if let refusal { $0.add("refusal", refusal.bytes) }
    }
    if !given.isMaximum("nodes"), made < given.number("nodes") { Verdict.failure.end(guest) }
    try endOnRequest(guest)
  }
}
