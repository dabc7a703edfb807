// SPDX-License-Identifier: Apache-2.0
import CXenLight
import Glibc

/// The turn of one creator of domains, among all of a control domain.
///
/// All creations change the same folders of xenstore, so that of transactions at the same time one
/// comes through, and the others have been for nothing. Creators that take turns spare each other that;
/// one that gets none, because another is stuck or there is no place for the lock, goes on all the same:
/// what is right the transaction sees to.
final class CreationLock {
  /// Where the lock is: with all else that this project's programs keep while the machine is up.
  static let folder = "/run/pvhkit"
  /// Milliseconds to wait for a turn.
  static let patience = 2000

  /// The open file that is locked; the kernel gives the lock back when its process ends, however that is.
  private var descriptor: Int32

  /// Waits for a turn; nil if there is none to be had.
  init?(folder: String = CreationLock.folder, patience: Int = CreationLock.patience) {
    descriptor = Self.open(in: folder)
    guard descriptor >= 0 else { return nil }
    let deadline = MonotonicTime.now.adding(milliseconds: patience)
    // Polling competes for CPU with the holder of the lock, so back off exponentially.
    var pause: UInt32 = 250
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      guard errno == EWOULDBLOCK || errno == EINTR, .now < deadline else {
        end()
        return nil
      }
      usleep(pause)
      pause = min(2 * pause, 4000)
    }
  }

  deinit {
    end()
  }

  /// Lets the next one have its turn.
  func end() {
    if descriptor >= 0 { close(descriptor) }
    descriptor = -1
  }

  /// Opens the lock's file in a folder that nobody else can write to.
  private static func open(in folder: String) -> Int32 {
    guard mkdir(folder, 0o700) == 0 || errno == EEXIST else { return -1 }
    let place = Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard place >= 0 else { return -1 }
    defer { close(place) }
    var information = stat()
    guard fstat(place, &information) == 0, information.st_uid == geteuid(),
      information.st_mode & 0o022 == 0
    else { return -1 }
    let flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC
    return openat(place, "creation.lock", flags, 0o600)
  }
}
