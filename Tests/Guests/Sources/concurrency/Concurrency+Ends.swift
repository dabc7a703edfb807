// SPDX-License-Identifier: Apache-2.0

import GuestConcurrency

/// Guests that run until somebody else says so.
extension Concurrency {
  /// Takes its time to finish when it is asked to end.
  func endsTidily(_ guest: borrowing Guest) async throws(GuestError) {
    let (console, store) = (guest.console, guest.xenstore)
    console.print("ready\n")
    let end = try await guest.lifecycle.untilAskedToEnd {
      try? await Task.sleep(milliseconds: 3_600_000)
      await Task {
        try? await Task.sleep(milliseconds: 200)
        try? await store.set("data/finished", to: "yes")
        console.print("finished\n")
      }.value
    }
    if case .asked(let request) = end { guest.lifecycle.obey(request) }
  }

  /// Takes no notice of being asked to end.
  func endsStubbornly(_ guest: borrowing Guest) async throws(GuestError) {
    guest.console.print("ready\n")
    let end = try await guest.lifecycle.untilAskedToEnd(grace: 300) {
      while true { await Task.yield() }
    }
    guest.console.print("left behind\n")
    if case .asked(let request) = end { guest.lifecycle.obey(request) }
  }

  func echo(_ console: GuestConsole) async {
    console.print("ready\n")
    let ticker = Task {
      while !Task.isCancelled { try? await Task.sleep(milliseconds: 50) }
      return true
    }
    for await line in console.lines {
      if line.isEmpty { break }
      console.print("line: \(line)\n")
    }
    ticker.cancel()
    console.print("ticker stopped: \(await ticker.value ? "yes" : "no")\n")
  }
}
