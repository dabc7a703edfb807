// SPDX-License-Identifier: Apache-2.0

import GuestConcurrency

/// Requests and changes while other tasks run.
extension Concurrency {
  /// More at a time than xenstored serves.
  func manyRequests(
    _ console: GuestConsole, _ store: GuestXenstore
  ) async throws(GuestError) {
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<50 {
        group.addTask { try? await store.set("data/\(number)", to: "value \(number)") }
      }
    }
    let right = await withTaskGroup(of: Bool.self) { group in
      for number in 0..<50 {
        group.addTask {
          (try? await store.value(of: "data/\(number)")) == GuestText("value \(number)").bytes
        }
      }
      return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
    }
    try await store.remove("data/0")
    let gone = try await store.value(of: "data/0") == nil
    console.print("50 requests: \(right), then \(gone ? "none" : "one")\n")
  }

  func changes(_ console: GuestConsole, _ store: GuestXenstore) async throws(GuestError) {
    let mine = try store.changes(of: "data/mine")
    let other = try store.changes(of: "data/other")
    let writer = Task {
      for number in 1...3 {
        try? await Task.sleep(milliseconds: 20)
        try? await store.set("data/mine", to: "\(number)")
      }
    }
    for await path in mine {
      guard let value = try await store.value(of: "data/mine") else { continue }
      console.print("\(path) = \(value)\n")
      if value == [UInt8(ascii: "3")] { break }
    }
    await writer.value
    let first = await other.makeAsyncIterator().next()
    console.print("the other watch: \(first ?? [])\n")
  }
}
