// SPDX-License-Identifier: Apache-2.0

import GuestAsyncDisk
import GuestAsyncVchan
import GuestConcurrency
import JournalLog

/// A store of keys and values that outlives the guest. An answer means that the disk has it.
///
/// Over xenstore: what dom0 writes to data/set/KEY is on the disk when it appears in data/get/KEY, and is taken from
/// data/set then; an empty value removes the key. Over a vchan, `pvh vchan NAME data/journal`, a line each:
/// `set KEY VALUE`, `get KEY`, `remove KEY`, `count`. Ends on request.
@main
struct Journal: AsyncAppliance {
  func run(_ guest: borrowing Guest) async throws(GuestError) {
    let (nodes, console) = (guest.xenstore, guest.console)
    let store = try await Store(try await guest.openDisk())
    for (key, value) in store.values { try await nodes.set("data/get/\(key)", to: value) }
    try await nodes.set("data/set", to: "")
    Task {
      do throws(GuestError) {
        for await _ in try nodes.changes(of: "data/set") { try await serve(nodes, store) }
      } catch {
        console.print("\(error.message)\n")
        // Without its disk it is of no use. Restarted, it may be again.
        fatalError("no disk")
      }
    }
    var stream = try await guest.offerVchan(at: "data/journal")
    console.print("ready: \(store.values.count) keys\n")
    while true {
      let end = try await guest.lifecycle.untilAskedToEnd { [stream] () async throws(GuestError) in
        try await serve(stream, store)
      }
      stream.close(in: guest)
      if case .asked(let request) = end {
        console.print("asked to stop\n")
        guest.lifecycle.obey(request)
      }
      // One client at a time.
      stream = try await guest.offerVchan(at: "data/journal")
    }
  }

  /// Commits all that waits, at once, and says so.
  private func serve(_ nodes: GuestXenstore, _ store: Store) async throws(GuestError) {
    var answers: [(key: [UInt8], value: [UInt8])] = []
    for key in try nodes.children(of: "data/set") {
      if let value = try await nodes.value(of: "data/set/\(key)") { answers.append((key, value)) }
    }
    guard !answers.isEmpty else { return }
    let changes = answers.map { (key, value) -> JournalLog.Change in
      value.isEmpty ? .remove(key) : .set(key, to: value)
    }
    guard try await store.commit(changes) else {
      // What is asked for stays in data/set.
      return try await nodes.set("data/error", to: "the disk is full")
    }
    for (key, value) in answers {
      if value.isEmpty {
        try await nodes.remove("data/get/\(key)")
      } else {
        try await nodes.set("data/get/\(key)", to: value)
      }
      try await nodes.remove("data/set/\(key)")
    }
  }

  /// Answers lines until the client has gone.
  private func serve(_ stream: VchanStream, _ store: Store) async throws(GuestError) {
    guard try await stream.accept() else { return }
    var pending: [UInt8] = []
    while let bytes = try await stream.read() {
      pending += bytes
      while let end = pending.firstIndex(of: 10) {
        let answer = try await answer(Array(pending[..<end]), store)
        pending.removeFirst(end + 1)
        guard let _ = try? await stream.write(answer + [10]) else { return }
      }
      // A line without an end is not kept for ever.
      if pending.count > 65_536 { return }
    }
  }

  private func answer(_ line: [UInt8], _ store: Store) async throws(GuestError) -> [UInt8] {
    switch Command(line) {
    case .get(let key)?: store.values[key] ?? Array("none".utf8)
    case .count?: Array("\(store.values.count)".utf8)
    case .change(let change)?:
      Array((try await store.commit([change]) ? "ok" : "error: the disk is full").utf8)
    case nil: Array(Command.help.utf8)
    }
  }
}
