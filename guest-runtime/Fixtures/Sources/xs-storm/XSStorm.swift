// SPDX-License-Identifier: Apache-2.0

import FixtureCatalogue
import FixtureSupport
import GuestRuntime

/// Sends many requests.
@main
struct XSStorm: Fixture {
  static var about: FixtureDescription { .xsStorm }

  func perform(_ guest: borrowing Guest, _ given: GivenParameters) throws(GuestError) {
    ready(guest)
    var times = Latencies()
    let (count, rate) = (given.number("count"), given.number("rate"))
    let start = guest.clock.nanoseconds
    for number in 0..<count {
      let before = guest.clock.nanoseconds
      try ask(guest, given, number)
      times.add(guest.clock.nanoseconds &- before)
      guard rate > 0 else { continue }
      let due = start &+ (number + 1) &* 1_000_000_000 / rate
      let now = guest.clock.nanoseconds
      if now < due { guest.clock.sleep(for: .nanoseconds(Int64(due - now))) }
    }
    say("storm", guest) {
      $0.add("requests", count)
      $0.add("ms", (guest.clock.nanoseconds - start) / 1_000_000)
      $0.add("p50-us", times.microseconds(50))
      $0.add("p90-us", times.microseconds(90))
      $0.add("p99-us", times.microseconds(99))
      $0.add("max-us", times.longest / 1000)
    }
  }

  private func ask(
    _ guest: borrowing Guest, _ given: GivenParameters, _ number: UInt64
  ) throws(GuestError) {
    let store = guest.xenstore
    if given.is("mix", "transaction") {
      try store.transaction { store throws(GuestError) in
        let last = try store.number(of: "data/storm") ?? 0
        try store.set("data/storm", to: "\(last + 1)")
      }
    } else if given.is("mix", "read") || given.is("mix", "both") && number % 2 == 1 {
      _ = try store.value(of: "data/storm")
    } else {
      try store.set("data/storm", to: "\(number)")
    }
  }
}

/// Counts of lengths of time, in steps of an eighth of each power of two.
private struct Latencies {
  private var counts = [UInt64](repeating: 0, count: 64 * 8)
  private var total: UInt64 = 0
  private(set) var longest: UInt64 = 0

  mutating func add(_ nanoseconds: UInt64) {
    let value = max(nanoseconds, 8)
    let power = 63 - value.leadingZeroBitCount
    counts[power * 8 + Int(value >> UInt64(power - 3) & 7)] += 1
    total += 1
    longest = max(longest, nanoseconds)
  }

  /// The time within which some percent of them were, rounded up to the step's end.
  func microseconds(_ percent: UInt64) -> UInt64 {
    var left = (total * percent + 99) / 100
    for (step, count) in counts.enumerated() {
      guard count < left else {
        return (8 + UInt64(step % 8) + 1) << UInt64(step / 8) / 8 / 1000
      }
      left -= count
    }
    return longest / 1000
  }
}
