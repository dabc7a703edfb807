// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSystem
public import SystemPackage

/// A lock file that marks a domain as owned by a live process, written before the domain exists.
///
/// If the file exists but is unlocked, the owner and its cleanup process were both killed, and the domain is to be
/// removed.
public final class CreationLease {
  /// The domain's identity, 32 hexadecimal digits.
  public let identity: String
  private let path: FilePath
  private let lock: FileLock

  public init(_ identity: String, in folder: SupervisionFolder) throws(SupervisionError) {
    try folder.prepare()
    let path = folder.creations.appending(identity)
    // Locked before it gets its name, so that nobody finds it unlocked.
    let new = folder.creations.appending("new-\(identity)")
    lock = try SupervisionError.explaining("making", new) { () throws(Errno) in
      guard let lock = try FileLock.take(new) else { throw .wouldBlock }
      do throws(Errno) {
        try Directory.rename(new, to: path)
      } catch {
        Directory.unlinkIfPresent(new)
        throw error
      }
      return lock
    }
    (self.identity, self.path) = (identity, path)
  }

  /// Takes over the lease of a process that has ended; nil if it has not, or another process was faster.
  private init?(abandoned identity: String, in folder: SupervisionFolder) {
    let path = folder.creations.appending(identity)
    guard let file = try? FileDescriptor.open(path, .readWrite, options: .closeOnExec),
      let lock = try? FileLock.take(taking: file), lock.isStill(at: path)
    else { return nil }
    self.lock = lock
    (self.identity, self.path) = (identity, path)
  }

  /// The domain is gone, or another process owns it.
  public func withdraw() {
    Directory.unlinkIfPresent(path)
  }

  /// Takes over the leases of all processes that have ended.
  public static func abandoned(in folder: SupervisionFolder) -> [CreationLease] {
    Directory.names(in: folder.creations).filter { !$0.hasPrefix("new-") }
      .compactMap { CreationLease(abandoned: $0, in: folder) }
  }

  /// Removes the lease of a domain, also one that another process holds.
  public static func withdraw(_ identity: String, in folder: SupervisionFolder) {
    Directory.unlinkIfPresent(folder.creations.appending(identity))
  }
}

/// Whether `xl console` is attached to a domain. Two readers of a terminal would each get a part of it, so the
/// supervisor stops reading meanwhile.
///
/// xenconsole holds a lock of flock(2) on a file named after the domain's number. Source: Xen,
/// tools/console/client/main.c; Debian has its lock files in /var/lock.
public struct XenconsoleLock: Sendable {
  private let path: FilePath

  public init(domainID: Int, folder: FilePath = "/var/lock") {
    path = folder.appending("xenconsole.\(domainID)")
  }

  /// Whether the lock is held at this moment.
  public var isTaken: Bool {
    guard let file = try? FileDescriptor.open(path, .readOnly, options: .closeOnExec) else {
      return false
    }
    defer { try? file.close() }
    return flock(file.rawValue, LOCK_SH | LOCK_NB) != 0
  }
}
