// SPDX-License-Identifier: Apache-2.0

import CHostSupport
import Glibc

/// A file that takes another's place when it is complete, and otherwise leaves no trace.
///
/// It has no name until then, so that not even SIGKILL leaves a piece of it; only where the file
/// system has no such files does it get a name at once.
struct AtomicFile: ~Copyable {
  private let path: String
  private let staging: String
  private var isNamed: Bool
  let descriptor: CInt

  /// Begins a file for `path`, with these permissions and the owner of what is there.
  ///
  /// A link stays, and what it leads to is replaced. What is there and is no regular file, such as a
  /// device, is never replaced.
  init(replacing path: String, mode: mode_t) throws(EditError) {
    let target = Self.target(of: path)
    var status = stat()
    let isReplacing = stat(target, &status) == 0
    if isReplacing, status.st_mode & S_IFMT != S_IFREG {
      let reason = status.st_mode & S_IFMT == S_IFDIR ? systemText(EISDIR) : "it is no regular file"
      throw .notWritten(path: path, reason: reason)
    }
    let folder = Self.folder(of: target)
    let name = "\(folder).pvh-\(getpid())-\(UInt32.random(in: 0 ... .max))"
    let unnamed = pvh_unnamed_file(folder)
    let file = unnamed < 0 ? open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600) : unnamed
    guard file >= 0 else { throw .notWritten(path: path, reason: systemText(errno)) }
    let keepsOwner = isReplacing && fchown(file, status.st_uid, status.st_gid) == 0
    fchmod(file, mode & (keepsOwner ? 0o7777 : 0o777))
    self.path = target
    staging = name
    isNamed = unnamed < 0
    descriptor = file
  }

  deinit {
    close(descriptor)
    if isNamed { unlink(staging) }
  }

  private static func target(of path: String) -> String {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK,
      let target = realpath(path, nil)
    else { return path }
    defer { free(target) }
    // SAFETY: `realpath` returns a NUL-terminated text of ours.
    return String(validatingCString: target) ?? path
  }

  private static func folder(of path: String) -> String {
    path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[...$0]) } ?? "./"
  }

  /// Writes all of the bytes.
  func write(_ bytes: [UInt8]) throws(EditError) {
    var written = 0
    while written < bytes.count {
      let count = bytes[written...].withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress, $0.count)
      }
      if count > 0 {
        written += count
      } else if errno != EINTR {
        throw .notWritten(path: path, reason: systemText(errno))
      }
    }
  }

  /// Puts the file in its place, after its bytes are on the disk.
  mutating func finish() throws(EditError) {
    guard fsync(descriptor) == 0 else { throw failure }
    if !isNamed {
      // There is no call that puts a file without a name over another one.
      let link = "/proc/self/fd/\(descriptor)"
      guard linkat(AT_FDCWD, link, AT_FDCWD, staging, AT_SYMLINK_FOLLOW) == 0 else { throw failure }
      isNamed = true
    }
    guard rename(staging, path) == 0 else { throw failure }
    isNamed = false
  }

  private var failure: EditError { .notWritten(path: path, reason: systemText(errno)) }
}
