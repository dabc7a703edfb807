// SPDX-License-Identifier: Apache-2.0

import FixtureCatalogue
import FixtureSupport
import GuestRuntime

/// Follows the target that the toolstack sets, or does not.
@main
struct Balloon: Fixture {
  static var about: FixtureDescription { .balloon }

  func perform(_ guest: borrowing Guest, _ given: GivenParameters) throws(GuestError) {
    // Not every toolstack writes a first target.
    let first = try guest.xenstore.number(of: "memory/target") ?? GivenPages.reservationKiB
    try guest.xenstore.watch("memory/target")
    try guest.lifecycle.acceptRequests()
    var pages = GivenPages()
    ready(guest) { $0.add("target", first) }
    var target = first
    while true {
      // What is under way goes on each second; otherwise only a change ends the sleep.
      let isUnderWay = given.is("mode", "slow") && pages.count != wanted(first, target)
      _ = try guest.xenstore.nextChange(withinMilliseconds: isUnderWay ? 1000 : 3_600_000)
      try obeyRequest(guest)
      let now = try guest.xenstore.number(of: "memory/target") ?? target
      guard now != target || isUnderWay else { continue }
      target = now
      if given.is("mode", "lie") {
        try guest.xenstore.set("data/balloon", to: "\(target)")
      } else if !given.is("mode", "refuse") {
        let step = given.is("mode", "slow") ? 64 : Int.max
        pages.approach(wanted(first, target), step: step, heap: guest.memory)
        try guest.xenstore.set("data/balloon", to: "\(Int(first) - pages.count * 4)")
      }
      say("balloon", guest) {
        $0.add("target", target)
        $0.add("given", pages.count)
        $0.add("refused", pages.refused)
      }
    }
  }

  /// How many pages Xen is to have of ours.
  private func wanted(_ first: UInt64, _ target: UInt64) -> Int {
    max(0, (Int(first) - Int(target)) / 4)
  }
}
