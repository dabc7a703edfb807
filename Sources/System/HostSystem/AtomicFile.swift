// SPDX-License-Identifier: Apache-2.0

import CHostSystem
import Glibc
public import SystemPackage

/// A file that takes another's place when it is complete and on the disk, and otherwise leaves no trace.
///
/// It has no name until then, so that not even SIGKILL leaves a piece of it; only where the file system has
/// no such files does it get a name at once.
public struct AtomicFile: ~Copyable {
  private let target: FilePath
  private let staging: FilePath
  private var isNamed: Bool
  public let descriptor: FileDescriptor

  /// Begins a file for `path`, with these permissions and the owner of what is there.
  ///
  /// A link stays, and what it leads to is replaced. What is there and is no regular file, such as a
  /// device, is never replaced.
  ///
  /// - Throws: `Errno.isDirectory`, or `Errno.invalidArgument` of what is neither a folder nor a regular
  ///   file; what the system says otherwise.
  public init(replacing path: FilePath, permissions: FilePermissions = .ownerReadWrite)
    throws(Errno)
  {
    let target = Self.target(of: path)
    var status = stat()
    let isReplacing = target.withPlatformString { stat($0, &status) } == 0
    if isReplacing, status.st_mode & S_IFMT != S_IFREG {
      throw status.st_mode & S_IFMT == S_IFDIR ? .isDirectory : .invalidArgument
    }
    let parent = target.removingLastComponent()
    let folder = parent.isEmpty ? FilePath(".") : parent
    let name = folder.appending(".pvh-\(getpid())-\(UInt32.random(in: 0 ... .max))")
    let unnamed = folder.withPlatformString { pvh_unnamed_file($0) }
    let file =
      unnamed < 0
      ? name.withPlatformString { open($0, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600) }
      : unnamed
    guard file >= 0 else { throw Errno(rawValue: errno) }
    let keepsOwner = isReplacing && fchown(file, status.st_uid, status.st_gid) == 0
    fchmod(file, permissions.rawValue & (keepsOwner ? 0o7777 : 0o777))
    self.target = target
    staging = name
    isNamed = unnamed < 0
    descriptor = FileDescriptor(rawValue: file)
  }

  deinit {
    try? descriptor.close()
    if isNamed { Directory.unlinkIfPresent(staging) }
  }

  /// Replaces a file, or makes one, with these bytes.
  public static func write(
    _ bytes: [UInt8], to path: FilePath, permissions: FilePermissions = .ownerReadWrite
  ) throws(Errno) {
    var file = try AtomicFile(replacing: path, permissions: permissions)
    try file.descriptor.writeEverything(bytes)
    try file.finish()
  }

  /// Puts the file in its place, after its bytes are on the disk.
  public mutating func finish() throws(Errno) {
    try descriptor.synchronize()
    if !isNamed {
      // There is no call that puts a file without a name over another one.
      let link = "/proc/self/fd/\(descriptor.rawValue)"
      let result = staging.withPlatformString {
        linkat(AT_FDCWD, link, AT_FDCWD, $0, AT_SYMLINK_FOLLOW)
      }
      guard result == 0 else { throw Errno(rawValue: errno) }
      isNamed = true
    }
    try Directory.rename(staging, to: target)
    isNamed = false
  }

  private static func target(of path: FilePath) -> FilePath {
    guard let status = Directory.information(path), status.st_mode & S_IFMT == S_IFLNK else {
      return path
    }
    return (try? Directory.resolved(path)) ?? path
  }
}
