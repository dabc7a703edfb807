// SPDX-License-Identifier: Apache-2.0
import CXenLight
import Glibc

/// Bytes on their way to pvh; never blocks, so that a slow pvh cannot stop the agent.
struct OutputQueue {
  /// What came of an attempt to write.
  enum Progress {
    case empty
    case waiting
    case hungUp
  }

  /// Bytes of one write: what a pipe that poll(2) calls writable takes without blocking.
  ///
  /// The descriptor is not made non-blocking, since others may share it.
  private static let pieceSize = 4096

  let descriptor: Int32
  private var bytes: [UInt8] = []
  private var start = 0

  init(descriptor: Int32) {
    self.descriptor = descriptor
  }

  /// Bytes that have not been written.
  var count: Int { bytes.count - start }

  mutating func append(_ more: [UInt8]) {
    bytes.append(contentsOf: more)
  }

  /// Writes as much as goes without waiting longer than `milliseconds` at any point.
  mutating func flush(milliseconds: Int32 = 0) -> Progress {
    while start < bytes.count {
      var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
      let ready = poll(&entry, 1, milliseconds)
      if ready < 0, errno == EINTR { continue }
      if ready == 0 { return .waiting }
      guard Int32(entry.revents) & (POLLERR | POLLHUP | POLLNVAL) == 0 else { return .hungUp }
      let written = bytes.withUnsafeBytes { buffer in
        write(descriptor, buffer.baseAddress?.advanced(by: start), min(Self.pieceSize, count))
      }
      if written > 0 {
        start += written
      } else if errno == EAGAIN {
        return .waiting
      } else if errno != EINTR {
        return .hungUp
      }
      compact()
    }
    bytes.removeAll(keepingCapacity: bytes.capacity <= 1 << 20)
    start = 0
    return .empty
  }

  private mutating func compact() {
    guard start >= 4 << 20 else { return }
    bytes.removeFirst(start)
    start = 0
  }
}
