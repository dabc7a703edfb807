// SPDX-License-Identifier: Apache-2.0
import Glibc

/// What the one supervisor of a folder holds as long as it lives, however it ends.
///
/// A lock of fcntl(2), since others can ask who holds it without taking it for a moment.
public enum SupervisorLock {
  /// Takes the lock, for as long as this process lives.
  ///
  /// - Returns: false if another process has it.
  public static func take(at path: String) throws(SupervisionError) -> Bool {
    let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw SupervisionError("opening", path) }
    var lock = wholeFile
    if fcntl(descriptor, F_SETLK, &lock) == 0 { return true }
    defer { close(descriptor) }
    guard errno == EAGAIN || errno == EACCES else { throw SupervisionError("locking", path) }
    return false
  }

  /// The process that holds the lock, if any does.
  public static func holder(at path: String) -> Int32? {
    let descriptor = open(path, O_RDWR | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var lock = wholeFile
    guard fcntl(descriptor, F_GETLK, &lock) == 0, lock.l_type != Int16(F_UNLCK) else { return nil }
    return lock.l_pid
  }

  private static var wholeFile: flock {
    flock(
      l_type: Int16(F_WRLCK), l_whence: Int16(SEEK_SET), l_start: 0, l_len: 0, l_pid: 0)
  }
}
