// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Whether somebody watches a domain's console with `xl console`: what two read from a terminal they
/// would share between them, so the supervisor leaves it to people.
///
/// xenconsole holds a lock of flock(2) on a file named after the domain's number. Source: Xen,
/// tools/console/client/main.c; Debian has its lock files in /var/lock.
public struct XenconsoleLock: Sendable {
  private let path: String

  /// Looks after the console of a domain.
  public init(domainID: Int, folder: String = "/var/lock") {
    path = "\(folder)/xenconsole.\(domainID)"
  }

  /// Whether somebody holds the lock at this moment.
  public var isTaken: Bool {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return flock(descriptor, LOCK_SH | LOCK_NB) != 0
  }
}
