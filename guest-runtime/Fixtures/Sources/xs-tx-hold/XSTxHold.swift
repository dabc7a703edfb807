// SPDX-License-Identifier: Apache-2.0

import FixtureCatalogue
import FixtureSupport
import GuestRuntime

/// Keeps transactions.
@main
struct XSTxHold: Fixture {
  static var about: FixtureDescription { .xsTxHold }

  func perform(_ guest: borrowing Guest, _ given: GivenParameters) throws(GuestError) {
    try guest.lifecycle.acceptRequests()
    try open(guest, given, held: 0)
  }

  /// Opens one more in the last one's place, and stays there when there are enough.
  private func open(
    _ guest: borrowing Guest, _ given: GivenParameters, held: UInt64
  ) throws(GuestError) {
    guard held < given.number("n") else { return try hold(guest, held, refusal: nil) }
    // Closures cannot take a guest along that is only lent.
    var isOpen = false
    do throws(GuestError) {
      try guest.xenstore.transaction { _ throws(GuestError) in
        isOpen = true
        try open(guest, given, held: held + 1)
      }
    } catch {
      guard !isOpen, error.refusal != nil else { throw error }
      if !given.isMaximum("n") { throw error }
      try hold(guest, held, refusal: error.message)
    }
  }

  private func hold(
    _ guest: borrowing Guest, _ held: UInt64, refusal: GuestText?
  ) throws(GuestError) {
    ready(guest) {
      $0.add("held", held)
      if let refusal { $0.add("refusal", refusal.bytes) }
    }
    try endOnRequest(guest)
  }
}
