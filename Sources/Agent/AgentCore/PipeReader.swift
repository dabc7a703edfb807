// SPDX-License-Identifier: Apache-2.0
import CXenLight
import Glibc

/// The reading end of a pipe from a child; never blocks.
final class PipeReader {
  let descriptor: Int32
  private(set) var isOpen = true

  private init(descriptor: Int32) {
    self.descriptor = descriptor
  }

  deinit {
    close(descriptor)
  }

  /// Makes a pipe; the caller closes the writing end.
  ///
  /// Neither end survives an exec by itself.
  static func open() throws(CommandError) -> (PipeReader, writingEnd: Int32) {
    var ends: [Int32] = [-1, -1]
    guard pvh_pipe(&ends) == 0 else {
      throw CommandError(message: "pipe: \(String(cString: strerror(errno)))")
    }
    let reader = PipeReader(descriptor: ends[0])
    guard fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0 else {
      close(ends[1])
      throw CommandError(message: "pipe: \(String(cString: strerror(errno)))")
    }
    return (reader, ends[1])
  }

  /// Appends all that is there.
  func read(into bytes: inout [UInt8]) {
    while isOpen, bytes.count <= Command.outputLimit {
      var count = 0
      let piece = [UInt8](unsafeUninitializedCapacity: 16 << 10) { buffer, initialized in
        count = Glibc.read(descriptor, buffer.baseAddress, buffer.count)
        initialized = max(0, count)
      }
      bytes += piece
      if count == 0 || count < 0 && errno != EAGAIN && errno != EINTR { isOpen = false }
      if count < 0, errno != EINTR { return }
    }
  }
}
