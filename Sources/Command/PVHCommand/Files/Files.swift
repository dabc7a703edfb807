// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSystem
import SystemPackage

/// Small files, read and written whole.
enum File {
  /// Bytes that a file for a guest may have: more than a domain of the largest sort would take.
  static let guestLimit = 1 << 30

  /// Whether something is there.
  static func exists(_ path: FilePath) -> Bool {
    path.withPlatformString { access($0, F_OK) == 0 }
  }

  /// The path of the running program.
  static func ownPath() throws(Problem) -> FilePath { try Folder.resolved("/proc/self/exe") }

  /// All bytes of a file that is at most `limit` bytes long.
  static func read(_ path: FilePath, limit: Int) throws(Problem) -> [UInt8] {
    do {
      // A FIFO without a writer must not block us, hence non-blocking.
      let file = try FileDescriptor.open(path, .readOnly, options: [.closeOnExec, .nonBlocking])
      defer { try? file.close() }
      return try read(file, path, limit: limit)
    } catch let problem as Problem {
      throw problem
    } catch {
      throw Problem("\(path) cannot be read: \(error)")
    }
  }

  /// The same of an open file.
  static func read(
    _ file: FileDescriptor, _ path: FilePath, limit: Int
  ) throws(Problem) -> [UInt8] {
    do {
      let status = try file.information()
      guard status.st_mode & S_IFMT == S_IFREG else {
        throw Problem("\(path) cannot be read: it is no regular file; name a file on disk")
      }
      let size = Int(status.st_size)
      guard size <= limit else {
        throw Problem(
          "\(path) has \(Terminal.size(size)), more than the \(Terminal.size(limit)) that can be "
            + "handed to a guest")
      }
      // The kernel's own files have no size.
      return size == 0 ? try file.readAll(limit: limit) : try file.bytes(at: 0, count: size)
    } catch let problem as Problem {
      throw problem
    } catch {
      throw Problem("\(path) cannot be read: \(error)")
    }
  }

  /// Makes a file with this text.
  static func write(_ text: String, to path: FilePath) throws(Problem) {
    try write(Array(text.utf8), to: path)
  }

  /// Makes a file with these bytes.
  static func write(_ bytes: [UInt8], to path: FilePath) throws(Problem) {
    do {
      let file = try FileDescriptor.open(
        path, .writeOnly, options: [.create, .truncate, .closeOnExec],
        permissions: [.ownerReadWrite, .groupRead, .otherRead])
      try file.closeAfter { _ = try file.writeAll(bytes) }
    } catch {
      throw Problem("\(path) cannot be written: \(error)")
    }
  }
}

/// Folders of the file system.
enum Folder {
  /// Makes a folder.
  static func make(_ path: FilePath) throws(Problem) {
    guard path.withPlatformString({ mkdir($0, 0o755) }) == 0 else {
      throw Problem("\(path) cannot be made: \(Errno(rawValue: errno))")
    }
  }

  /// Makes a folder, and those that it lies in, unless they are there.
  static func makeIfMissing(_ path: FilePath) throws(Problem) {
    guard !path.isEmpty, !File.exists(path) else { return }
    try makeIfMissing(path.removingLastComponent())
    do throws(Problem) {
      try make(path)
    } catch {
      // Another process may have made it meanwhile.
      guard File.exists(path) else { throw error }
    }
  }

  /// The absolute path, without symbolic links.
  static func resolved(_ path: FilePath) throws(Problem) -> FilePath {
    do throws(Errno) {
      return try Directory.resolved(path)
    } catch {
      throw Problem("\(path): \(error)", status: .usage)
    }
  }

  /// Fills a new folder under another name, and puts it in its place when it is complete.
  static func makeWhole(
    _ path: FilePath, _ fill: (FilePath) throws(Problem) -> Void
  ) throws(Problem) {
    guard !File.exists(path) else {
      throw Problem("\(path) exists; choose another name, or remove it first", status: .usage)
    }
    let staging = FilePath(path.string + ".new-\(getpid())")
    try make(staging)
    do throws(Problem) {
      try fill(staging)
      try rename(staging, to: path)
    } catch {
      remove(staging)
      throw error
    }
  }

  /// Gives a file or a folder its name.
  static func rename(_ path: FilePath, to target: FilePath) throws(Problem) {
    do throws(Errno) {
      try Directory.rename(path, to: target)
    } catch {
      throw Problem("\(target): \(error)")
    }
  }

  /// Removes a folder of ours with all that is in it.
  private static func remove(_ path: FilePath) {
    try? Directory.remove(path)
  }
}
