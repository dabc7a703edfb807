// SPDX-License-Identifier: Apache-2.0

import GuestAsyncDisk
public import GuestDisk
public import GuestRuntime
public import RecordLog

/// What a log wants of its disk.
extension Disk {
  /// Reads a log on the disk.
  ///
  /// - Parameters:
  ///   - type: what kind of log it is.
  ///   - body: called with each of its changes, in the order in which they were committed.
  /// - Returns: The log, to which more can be committed.
  /// - Throws: `GuestError` if the disk is too small for a log, or cannot be read.
  public func openLog<Log: DiskLog>(
    _ type: Log.Type, body: (RecordLog.Change) -> Void = { _ in }
  ) async throws(GuestError) -> Log {
    var log: Log
    do throws(RecordLog.Failure) {
      log = try Log(diskSize: size, sectorSize: sectorSize)
    } catch {
      throw GuestError("disk \(name) is too small")
    }
    while let (count, offset) = log.nextRead {
      for change in log.take(try await read(count, at: offset)) { body(change) }
    }
    return log
  }

  /// Does what makes changes durable.
  public func perform(_ steps: consuming RecordSteps) async throws(GuestError) {
    while let step = steps.next() {
      switch step {
      case .write(let bytes, let offset): try await write(bytes, at: offset)
      case .flush: try await flush()
      }
    }
  }
}
