// SPDX-License-Identifier: Apache-2.0

import GuestConcurrency

/// What the idle guest does, in tasks: nothing until data/poke is written, which it says, or until
/// it is asked to stop.
@main
struct IdleTasks: AsyncAppliance {
  func run(_ guest: borrowing Guest) async throws(GuestError) {
    let (console, store) = (guest.console, guest.xenstore)
    let changes = try store.changes(of: "data/poke")
    Task {
      for await _ in changes {
        if let _ = try? await store.value(of: "data/poke") { console.print("poked\n") }
      }
    }
    console.print("idle\n")
    guest.lifecycle.obey(try await guest.lifecycle.nextRequest())
  }
}
