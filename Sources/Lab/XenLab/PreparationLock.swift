// SPDX-License-Identifier: Apache-2.0
import Glibc
import SystemPackage

/// The right to change the cache; one process has it at a time, and loses it by dying.
enum PreparationLock {
  /// Runs `body` with the lock, calling `onWait` once if another process has it.
  static func hold<Result>(
    _ cache: LabCache, _ interrupts: borrowing Interrupts, onWait: () -> Void = {},
    _ body: () throws(LabError) -> Result
  ) throws(LabError) -> Result {
    try FileTree.makeFolder(cache.lock.removingLastComponent())
    let file = try attempt("open", cache.lock) {
      try FileDescriptor.open(
        cache.lock, .readWrite, options: [.create, .closeOnExec], permissions: [.ownerReadWrite])
    }
    // Closing is releasing.
    defer { try? file.close() }
    var announced = false
    while flock(file.rawValue, LOCK_EX | LOCK_NB) != 0 {
      let error = Errno(rawValue: errno)
      guard error == .wouldBlock || error == .interrupted else {
        throw .system(call: "flock", subject: cache.lock.string, errno: error)
      }
      if !announced { onWait() }
      announced = true
      _ = try interrupts.wait(for: [], timeout: .milliseconds(100))
    }
    return try body()
  }
}
