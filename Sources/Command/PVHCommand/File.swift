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
      return try file.bytes(at: 0, count: size)
    } catch let problem as Problem {
      throw problem
    } catch {
      throw Problem("\(path) cannot be read: \(error)")
    }
  }

  /// Makes a file with this text.
  static func write(_ text: String, to path: FilePath) throws(Problem) {
    do {
      let file = try FileDescriptor.open(
        path, .writeOnly, options: [.create, .truncate, .closeOnExec],
        permissions: [.ownerReadWrite, .groupRead, .otherRead])
      try file.closeAfter { _ = try file.writeAll(text.utf8) }
    } catch {
      throw Problem("\(path) cannot be written: \(error)")
    }
  }
}
