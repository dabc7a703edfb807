// SPDX-License-Identifier: Apache-2.0

import GuestAsyncDisk
import GuestConcurrency
import RecordDisk
import RecordLog
import RedisServing

/// The commands that have changed something, on a disk.
final class AppendLog: @unchecked Sendable {
  // There is one CPU, and a task runs until it awaits.
  private let disk: Disk
  private let server: RedisServer
  private var log: RecordLog
  private var isBusy = false
  private var turns: [UnsafeContinuation<Void, Never>] = []
  /// Up to which change all is done: on the disk, or refused because that is full.
  private var settled: UInt64 = 0
  /// Whether changes were refused, so that all has to be written anew.
  private var isFull = false

  /// Does what the disk has to the server.
  init(_ disk: Disk, _ server: RedisServer) async throws(GuestError) {
    (self.disk, self.server) = (disk, server)
    log = try await disk.openLog(RecordLog.self) { change in
      if case .set(_, let commands) = change { server.replay(commands) }
    }
    settled = server.changeCount
    server.beginLog()
  }

  /// Makes durable what was changed so far, with what others wait for at once.
  ///
  /// - Returns: false if the disk is full.
  func commit() async throws(GuestError) -> Bool {
    let wanted = server.changeCount
    while settled < wanted {
      if isBusy {
        await withUnsafeContinuation { turns.append($0) }
      } else {
        isBusy = true
        defer {
          isBusy = false
          let waiting = turns
          turns = []
          waiting.forEach { $0.resume() }
        }
        let count = server.changeCount
        if let steps = nextSteps() { try await disk.perform(steps) }
        settled = count
      }
    }
    return !isFull
  }

  /// What to do with the disk; nil if it is full.
  private func nextSteps() -> RecordSteps? {
    let changes = server.takeLog().map { RecordLog.Change.set([], to: $0) }
    func whole() -> RecordLog.Source {
      let next = server.snapshot()
      return { next().map { .set([], to: $0) } }
    }
    do throws(RecordLog.Failure) {
      let steps =
        isFull ? try log.rewrite(whole) : try log.commit(changes, whole: whole)
      isFull = false
      server.noteLog(isFull: false)
      return steps
    } catch {
      isFull = true
      server.noteLog(isFull: true)
      return nil
    }
  }
}
