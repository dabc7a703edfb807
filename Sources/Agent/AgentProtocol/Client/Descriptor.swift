// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Blocking reads and writes on a file descriptor that somebody else owns.
struct Descriptor {
  let number: Int32

  /// Writes every byte, however many calls it takes.
  func write(_ bytes: [UInt8]) throws(AgentError) {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        let rest = UnsafeRawBufferPointer(rebasing: buffer[written...])
        return Glibc.write(number, rest.baseAddress, rest.count)
      }
      if count > 0 {
        written += count
      } else if errno == EAGAIN {
        _ = try Self.poll(
          [pollfd(fd: number, events: Int16(POLLOUT), revents: 0)], milliseconds: -1)
      } else if errno == EPIPE || errno == ECONNRESET {
        throw .ended(unfinishedByteCount: 0)
      } else if errno != EINTR {
        throw .system(call: "write", code: errno)
      }
    }
  }

  /// Hands the bytes of one read to `body`; false at the end of the stream.
  func read(into reader: inout MessageReader, scratch: UnsafeMutableRawBufferPointer)
    throws(AgentError) -> Bool
  {
    while true {
      let count = Glibc.read(number, scratch.baseAddress, scratch.count)
      if count > 0 { reader.append(UnsafeRawBufferPointer(rebasing: scratch[..<count])) }
      if count >= 0 { return count > 0 }
      switch errno {
      case EINTR: continue
      case EAGAIN: return true
      // A hung-up terminal or a closed virtio port is the end of the stream, too.
      case EIO, ECONNRESET, EPIPE: return false
      default: throw .system(call: "read", code: errno)
      }
    }
  }

  /// Waits until a descriptor has something to say; a signal counts as "not yet".
  static func poll(_ descriptors: [pollfd], milliseconds: Int) throws(AgentError) -> [pollfd] {
    var descriptors = descriptors
    let timeout = Int32(clamping: milliseconds)
    guard Glibc.poll(&descriptors, nfds_t(descriptors.count), timeout) < 0 else {
      return descriptors
    }
    guard errno == EINTR else { throw .system(call: "poll", code: errno) }
    for index in descriptors.indices { descriptors[index].revents = 0 }
    return descriptors
  }
}
