// SPDX-License-Identifier: Apache-2.0

import GuestConcurrency

/// Greets from three tasks, the most patient one last.
@main
struct Tasks: AsyncAppliance {
  func run(_ guest: borrowing Guest) async throws(GuestError) {
    let (console, domain) = (guest.console, guest.domainID)
    await withTaskGroup(of: UInt64.self) { group in
      for patience in [300, 100, 200] as [UInt64] {
        group.addTask {
          try? await Task.sleep(milliseconds: patience)
          return patience
        }
      }
      for await patience in group {
        console.print("hello from domain \(domain), after \(patience) ms\n")
      }
    }
  }
}
