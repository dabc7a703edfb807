// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSystem
import SystemPackage

/// The folder of one lab.
struct LabFolder: Sendable {
  let name: LabName
  let path: FilePath

  var lock: FilePath { path.appending("lock") }
  var socket: FilePath { path.appending("socket") }
  var record: FilePath { path.appending("record") }
  var log: FilePath { path.appending("log") }

  /// Whether something of the lab is there.
  var exists: Bool { Directory.exists(path) }

  /// Makes the folder and holds its lock; nil if another process does.
  func claim() throws(RunningLabError) -> FileLock? {
    while true {
      do throws(Errno) {
        try Directory.make(path, permissions: .privateFolder)
      } catch {
        throw .system(call: "mkdir", subject: path.string, error)
      }
      do throws(Errno) {
        guard let taken = try FileLock.take(lock) else { return nil }
        // If not, its holder removed it while we waited: the name means another file now, or none.
        if taken.isStill(at: lock) { return taken }
      } catch .noSuchFileOrDirectory {
        // Removed between the two calls.
      } catch {
        throw .system(call: "flock", subject: lock.string, error)
      }
    }
  }

  /// Removes the folder; only for who holds its lock, which goes last.
  func remove() {
    for file in [socket, record, log, lock] { Directory.unlinkIfPresent(file) }
    _ = path.withPlatformString { rmdir($0) }
  }

  /// The last lines of the log.
  var lastWords: [String] {
    guard let file = try? FileDescriptor.open(log, .readOnly, options: .closeOnExec) else {
      return []
    }
    defer { try? file.close() }
    let limit = 2048
    let size = Int((try? file.seek(offset: 0, from: .end)) ?? 0)
    let start = max(0, size - limit)
    let bytes = (try? file.bytes(at: start, count: limit)) ?? []
    return String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
      .suffix(8).map(String.init)
  }
}
