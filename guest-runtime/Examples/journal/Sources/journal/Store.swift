// SPDX-License-Identifier: Apache-2.0

import GuestAsyncDisk
import GuestConcurrency
import JournalLog
import RecordDisk

/// The keys and values on a disk, for several tasks.
final class Store: @unchecked Sendable {
  // There is one CPU, and a task runs until it awaits.
  private var log: JournalLog
  private let disk: Disk
  private var isBusy = false
  private var turns: [UnsafeContinuation<Void, Never>] = []

  /// Reads what the disk has.
  init(_ disk: Disk) async throws(GuestError) {
    self.disk = disk
    log = try await disk.openLog(JournalLog.self)
  }

  var values: [[UInt8]: [UInt8]] { log.values }

  /// Makes changes durable, one call after the other.
  ///
  /// - Returns: false if there is no room on the disk; then nothing has changed.
  func commit(_ changes: [JournalLog.Change]) async throws(GuestError) -> Bool {
    if isBusy { await withUnsafeContinuation { turns.append($0) } }
    isBusy = true
    defer {
      isBusy = !turns.isEmpty
      if isBusy { turns.removeFirst().resume() }
    }
    let steps: RecordSteps
    do throws(JournalLog.Failure) {
      steps = try log.commit(changes)
    } catch {
      return false
    }
    try await disk.perform(steps)
    return true
  }
}
