// SPDX-License-Identifier: Apache-2.0
import Glibc
import SystemPackage

/// Bytes on their way into a socket; writing never blocks.
struct ByteQueue {
  private var bytes: [UInt8] = []
  private var start = 0

  /// Bytes that have not been written.
  var count: Int { bytes.count - start }

  mutating func append(_ more: [UInt8]) { bytes += more }

  /// Writes what goes.
  ///
  /// - Returns: how many bytes went, or nil when nobody is at the other end any more.
  mutating func flush(to socket: FileDescriptor) -> Int? {
    var total = 0
    while start < bytes.count {
      let count = bytes[start...].withUnsafeBytes {
        send(socket.rawValue, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
      }
      if count < 0, errno == EINTR { continue }
      if count < 0, errno == EAGAIN { break }
      guard count > 0 else { return nil }
      start += count
      total += count
    }
    if start == bytes.count {
      bytes.removeAll(keepingCapacity: bytes.capacity <= 1 << 20)
      start = 0
    } else if start > 1 << 20 {
      bytes.removeFirst(start)
      start = 0
    }
    return total
  }
}

extension FileDescriptor {
  /// What can be read from a socket now: nil at its end, empty if there is nothing yet.
  func received(limit: Int) -> [UInt8]? {
    var count = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: limit) { buffer, initialized in
      repeat {
        count = recv(rawValue, buffer.baseAddress, limit, Int32(MSG_DONTWAIT))
      } while count < 0 && errno == EINTR
      initialized = max(0, count)
    }
    return count > 0 || count < 0 && errno == EAGAIN ? bytes : nil
  }
}
