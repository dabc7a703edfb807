// SPDX-License-Identifier: Apache-2.0

import HostSystem
import SystemPackage

/// The right to change the cache; one process has it at a time, and loses it by dying.
enum PreparationLock {
  /// Runs `body` with the lock, calling `onWait` once if another process has it.
  static func hold<Result>(
    _ cache: LabCache, _ interrupts: borrowing Interrupts, onWait: () -> Void = {},
    _ body: () throws(LabError) -> Result
  ) throws(LabError) -> Result {
    try FileTree.makeFolder(cache.lock.removingLastComponent())
    var lock = try take(cache.lock)
    if lock == nil { onWait() }
    while lock == nil {
      _ = try interrupts.wait(for: [], until: .now + .milliseconds(100))
      lock = try take(cache.lock)
    }
    defer { lock = nil }
    return try body()
  }

  private static func take(_ path: FilePath) throws(LabError) -> FileLock? {
    do throws(Errno) {
      return try FileLock.take(path)
    } catch {
      throw .system(call: "flock", subject: path.string, errno: error)
    }
  }
}
