// SPDX-License-Identifier: Apache-2.0

import CHostSystem
import Glibc
public import SystemPackage

/// A file that this process holds locked (C name: `flock`). The kernel gives the lock back when the last
/// descriptor is closed, however the process ends.
public struct FileLock: ~Copyable {
  public let descriptor: FileDescriptor

  /// Takes over an open file that is locked already.
  public init(holding descriptor: FileDescriptor) { self.descriptor = descriptor }

  /// Opens a file, or makes it, and locks it, waiting until the deadline; nil if it is locked then.
  public static func take(
    _ path: FilePath, until deadline: MonotonicTime? = nil
  ) throws(Errno) -> FileLock? {
    let file = try FileDescriptor.checked {
      try FileDescriptor.open(
        path, .readWrite, options: [.create, .closeOnExec], permissions: .ownerReadWrite)
    }
    return try take(taking: file, until: deadline)
  }

  /// Locks an open file, waiting until the deadline if another descriptor holds the lock. Without a lock the file is
  /// closed.
  public static func take(
    taking file: FileDescriptor, until deadline: MonotonicTime? = nil
  ) throws(Errno) -> FileLock? {
    // Polling competes for the processor with the holder of the lock, so back off exponentially.
    var pause: UInt32 = 250
    while flock(file.rawValue, LOCK_EX | LOCK_NB) != 0 {
      let error = Errno(rawValue: errno)
      if error == .interrupted { continue }
      guard error == .wouldBlock, let deadline, .now < deadline else {
        try? file.close()
        if error == .wouldBlock { return nil }
        throw error
      }
      usleep(pause)
      pause = min(2 * pause, 4000)
    }
    return FileLock(holding: file)
  }

  deinit {
    try? descriptor.close()
  }

  /// Whether the locked file is still the one under this name.
  public func isStill(at path: FilePath) -> Bool {
    guard let held = try? descriptor.information(), let named = Directory.information(path) else {
      return false
    }
    return held.st_ino == named.st_ino && held.st_dev == named.st_dev
  }
}

/// A lock that belongs to a process, of which others can ask who holds it without taking it for a moment.
/// C name: `F_SETLK`.
public enum ProcessLock {
  /// Takes the lock, for as long as this process lives.
  ///
  /// - Returns: false if another process has it.
  public static func take(_ path: FilePath) throws(Errno) -> Bool {
    let file = try FileDescriptor.checked {
      try FileDescriptor.open(
        path, .readWrite, options: [.create, .closeOnExec], permissions: .ownerReadWrite)
    }
    var lock = wholeFile
    if fcntl(file.rawValue, F_SETLK, &lock) == 0 { return true }
    let error = Errno(rawValue: errno)
    try? file.close()
    guard error == .wouldBlock || error == .permissionDenied else { throw error }
    return false
  }

  /// The process that holds the lock, if any does.
  public static func holder(_ path: FilePath) -> Int32? {
    guard let file = try? FileDescriptor.open(path, .readWrite, options: .closeOnExec) else {
      return nil
    }
    defer { try? file.close() }
    var lock = wholeFile
    guard fcntl(file.rawValue, F_GETLK, &lock) == 0, lock.l_type != Int16(F_UNLCK) else {
      return nil
    }
    return lock.l_pid
  }

  private static var wholeFile: flock {
    flock(l_type: Int16(F_WRLCK), l_whence: Int16(SEEK_SET), l_start: 0, l_len: 0, l_pid: 0)
  }
}
