// SPDX-License-Identifier: Apache-2.0

import Glibc
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
      var status = stat()
      guard fstat(file.rawValue, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
        throw Problem("\(path) cannot be read: it is no regular file; name a file on disk")
      }
      let size = Int(try file.seek(offset: 0, from: .end))
      guard size <= limit else {
        throw Problem(
          "\(path) has \(Terminal.size(size)), more than the \(Terminal.size(limit)) that can be "
            + "handed to a guest")
      }
      try file.seek(offset: 0, from: .start)
      var bytes: [UInt8] = []
      bytes.reserveCapacity(size)
      var buffer = [UInt8](repeating: 0, count: 1 << 16)
      while case let count = try buffer.withUnsafeMutableBytes({ try file.read(into: $0) }),
        count > 0, bytes.count <= limit
      {
        bytes += buffer[..<count]
      }
      return bytes
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
