// SPDX-License-Identifier: Apache-2.0

import GuestAsyncDisk
import GuestConcurrency
import JournalLog

/// A store of keys and values that outlives the guest: what dom0 writes to data/set/KEY is on the disk when it
/// appears in data/get/KEY, and is taken from data/set then. An empty value removes the key. Ends on request.
@main
struct Journal: AsyncAppliance {
  func run(_ guest: borrowing Guest) async throws(GuestError) {
    let (store, console) = (guest.xenstore, guest.console)
    let disk = try await guest.openDisk()
    var log: JournalLog
    do throws(JournalLog.Failure) {
      log = try JournalLog(diskSize: disk.size, sectorSize: disk.sectorSize)
    } catch {
      throw GuestError("disk \(disk.name) is too small")
    }
    while let (count, offset) = log.nextRead {
      log.take(try await disk.read(count, at: offset))
    }
    for (key, value) in log.values { try await store.set("data/get/\(key)", to: value) }
    try await store.set("data/set", to: "")
    console.print("ready: \(log.values.count) keys\n")
    let recovered = log
    let end = try await guest.lifecycle.untilAskedToEnd { () async throws(GuestError) in
      var log = recovered
      for await _ in try store.changes(of: "data/set") {
        try await serve(store, disk, &log)
      }
    }
    console.print("asked to stop\n")
    if case .asked(let request) = end { guest.lifecycle.obey(request) }
  }

  /// Commits all that waits, at once, and says so.
  private func serve(
    _ store: GuestXenstore, _ disk: Disk, _ log: inout JournalLog
  ) async throws(GuestError) {
    var changes: [JournalLog.Change] = []
    var answers: [(key: [UInt8], value: [UInt8])] = []
    for key in try store.children(of: "data/set") {
      guard let value = try await store.value(of: "data/set/\(key)") else { continue }
      changes.append(value.isEmpty ? .remove(key) : .set(key, to: value))
      answers.append((key, value))
    }
    guard !changes.isEmpty else { return }
    let steps: [JournalLog.Step]
    do throws(JournalLog.Failure) {
      steps = try log.commit(changes)
    } catch {
      // Nothing has changed: what is asked for stays in data/set.
      return try await store.set("data/error", to: "the disk is full")
    }
    for step in steps {
      switch step {
      case .write(let bytes, let offset): try await disk.write(bytes, at: offset)
      case .flush: try await disk.flush()
      }
    }
    for (key, value) in answers {
      if value.isEmpty {
        try await store.remove("data/get/\(key)")
      } else {
        try await store.set("data/get/\(key)", to: value)
      }
      try await store.remove("data/set/\(key)")
    }
  }
}
