// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSystem
import SystemPackage

/// The turn of one creator of domains, among all of a control domain.
///
/// All creations change the same folders of xenstore, so that of transactions at the same time one
/// comes through, and the others have been for nothing. Creators that take turns spare each other that;
/// one that gets none, because another is stuck or there is no place for the lock, goes on all the same:
/// what is right the transaction sees to.
final class CreationLock {
  /// Where the lock is: with all else that this project's programs keep while the machine is up.
  static let folder: FilePath = "/run/pvhkit"
  /// Milliseconds to wait for a turn.
  static let patience = 2000

  private var lock: FileLock?

  /// Waits for a turn; nil if there is none to be had. It ends with the last reference.
  init?(folder: FilePath = CreationLock.folder, patience: Int = CreationLock.patience) {
    guard let file = Self.open(in: folder) else { return nil }
    do throws(Errno) {
      lock = try FileLock.take(taking: file, until: .now.adding(milliseconds: patience))
    } catch {
      return nil
    }
    if lock == nil { return nil }
  }

  /// Lets the next one have its turn.
  func end() { lock = nil }

  /// Opens the lock's file in a folder that nobody else can write to.
  private static func open(in folder: FilePath) -> FileDescriptor? {
    guard (try? Directory.make(folder, permissions: .privateFolder)) != nil,
      let place = try? FileDescriptor.open(
        folder, .readOnly, options: [.directory, .noFollow, .closeOnExec])
    else { return nil }
    defer { try? place.close() }
    guard let information = try? place.information(), information.st_uid == geteuid(),
      information.st_mode & 0o022 == 0
    else { return nil }
    let flags = O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC
    let file = openat(place.rawValue, "creation.lock", flags, 0o600)
    return file < 0 ? nil : FileDescriptor(rawValue: file)
  }
}
