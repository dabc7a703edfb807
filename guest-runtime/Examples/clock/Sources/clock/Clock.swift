// SPDX-License-Identifier: Apache-2.0

import GuestConcurrency

/// Publishes the time in xenstore, as often as data/rate says, until it is told to shut down.
@main
struct Clock: AsyncAppliance {
  func run(_ guest: borrowing Guest) async throws(GuestError) {
    let (store, clock) = (guest.xenstore, guest.clock)
    try await store.set("data/rate", to: "1000")
    let end = try await guest.lifecycle.untilAskedToEnd { () async throws(GuestError) in
      var ticking: Task<Void, Never>?
      for await _ in try store.changes(of: "data/rate") {
        ticking?.cancel()
        let rate = try await store.value(of: "data/rate") ?? []
        ticking = Task { await tick(store, clock, every: milliseconds(rate)) }
      }
    }
    guest.console.print("asked to stop\n")
    if case .asked(let request) = end { guest.lifecycle.obey(request) }
  }

  private func tick(_ store: GuestXenstore, _ clock: GuestClock, every rate: UInt64) async {
    while !Task.isCancelled {
      try? await store.set("data/time", to: "\(clock.secondsSince1970 ?? 0)")
      try? await Task.sleep(milliseconds: rate)
    }
  }

  private func milliseconds(_ digits: [UInt8]) -> UInt64 {
    min(max(digits.reduce(0) { $0 &* 10 &+ UInt64($1 &- 48) }, 10), 60_000)
  }
}
