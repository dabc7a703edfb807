// SPDX-License-Identifier: Apache-2.0

import Glibc

/// A file that takes another's place when it is complete, and otherwise leaves no trace.
struct AtomicFile: ~Copyable {
  private let path: String
  private let staging: String
  let descriptor: CInt
  private var isDone = false

  /// Begins a file beside `path`, with these permissions.
  init(replacing path: String, mode: mode_t) throws(EditError) {
    self.path = path
    staging = "\(path).new-\(getpid())"
    descriptor = open(staging, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode & 0o777)
    guard descriptor >= 0 else { throw .notWritten(path: path, reason: systemText(errno)) }
    // The mode that was asked for may have more than the umask lets `open` give.
    fchmod(descriptor, mode & 0o777)
  }

  deinit {
    close(descriptor)
    if !isDone { unlink(staging) }
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
    guard fsync(descriptor) == 0, rename(staging, path) == 0 else {
      throw .notWritten(path: path, reason: systemText(errno))
    }
    isDone = true
  }
}
