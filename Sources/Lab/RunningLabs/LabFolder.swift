// SPDX-License-Identifier: Apache-2.0
import Glibc
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
  var exists: Bool { path.withPlatformString { access($0, F_OK) } == 0 }

  /// Makes the folder and holds its lock; nil if somebody else does.
  ///
  /// - Returns: the descriptor that holds the lock for as long as it is open.
  func claim() throws(RunningLabError) -> FileDescriptor? {
    while true {
      guard path.withPlatformString({ mkdir($0, 0o700) }) == 0 || errno == EEXIST else {
        throw .system(call: "mkdir", subject: path.string, Errno(rawValue: errno))
      }
      let file: FileDescriptor
      do {
        file = try FileDescriptor.open(
          lock, .readWrite, options: [.create, .closeOnExec], permissions: .ownerReadWrite)
      } catch Errno.noSuchFileOrDirectory {
        // Removed between the two calls.
        continue
      } catch {
        throw .system(call: "open", subject: lock.string, error as? Errno ?? .ioError)
      }
      guard flock(file.rawValue, LOCK_EX | LOCK_NB) == 0 else {
        let error = Errno(rawValue: errno)
        try? file.close()
        if error == .wouldBlock { return nil }
        throw .system(call: "flock", subject: lock.string, error)
      }
      if isStillThere(file) { return file }
      // Its holder removed it while we waited for it: the name means another file now, or none.
      try? file.close()
    }
  }

  /// Removes the folder; only for who holds its lock, which goes last.
  func remove() {
    for file in [socket, record, log, lock] { _ = file.withPlatformString { unlink($0) } }
    _ = path.withPlatformString { rmdir($0) }
  }

  /// The last lines of the log.
  var lastWords: [String] {
    guard let file = try? FileDescriptor.open(log, .readOnly, options: .closeOnExec) else {
      return []
    }
    defer { try? file.close() }
    let size = (try? file.seek(offset: 0, from: .end)) ?? 0
    var buffer = [UInt8](repeating: 0, count: 2048)
    let start = max(0, size - Int64(buffer.count))
    let count =
      (try? buffer.withUnsafeMutableBytes {
        try file.read(fromAbsoluteOffset: start, into: $0)
      }) ?? 0
    return String(decoding: buffer[..<count], as: UTF8.self).split(whereSeparator: \.isNewline)
      .suffix(8).map(String.init)
  }

  /// Whether the lock that a descriptor holds is still the one under the lab's name.
  func isStillThere(_ file: FileDescriptor) -> Bool {
    var held = stat()
    var named = stat()
    return fstat(file.rawValue, &held) == 0 && lock.withPlatformString { stat($0, &named) } == 0
      && held.st_ino == named.st_ino && held.st_dev == named.st_dev
  }
}
