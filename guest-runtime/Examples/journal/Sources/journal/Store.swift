// SPDX-License-Identifier: Apache-2.0

import GuestAsyncDisk
import GuestConcurrency
import JournalLog

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
    do throws(JournalLog.Failure) {
      log = try JournalLog(diskSize: disk.size, sectorSize: disk.sectorSize)
    } catch {
      throw GuestError("disk \(disk.name) is too small")
    }
    while let (count, offset) = log.nextRead {
      log.take(try await disk.read(count, at: offset))
    }
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
    let steps: [JournalLog.Step]
    do throws(JournalLog.Failure) {
      steps = try log.commit(changes)
    } catch {
      return false
    }
    for step in steps {
      switch step {
      case .write(let bytes, let offset): try await disk.write(bytes, at: offset)
      case .flush: try await disk.flush()
      }
    }
    return true
  }
}
