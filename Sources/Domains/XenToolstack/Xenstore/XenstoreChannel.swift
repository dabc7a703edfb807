// SPDX-License-Identifier: Apache-2.0

import CXenLight
import Glibc
import HostSystem

/// The bytes to and from xenstored; closed with the last reference.
final class XenstoreChannel {
  /// What came of sending or receiving.
  enum Transfer: Equatable {
    /// So many bytes went through.
    case bytes(Int)
    /// Nothing can go through now.
    case notNow
    /// The other end is closed, or the call failed: a value of errno.
    case over(Int32)
  }

  /// Its descriptor, which never blocks when it is read.
  let descriptor: Int32
  /// Whether it is the kernel's way to a xenstored in a domain of its own, and no socket.
  ///
  /// The kernel takes one message of at most a page at a time, blocks until it has passed it on, and
  /// answers a watch by itself, without the request's number.
  /// Source: Linux, drivers/xen/xenbus/xenbus_dev_frontend.c.
  let isDevice: Bool

  /// Takes over a connected socket, or the open device.
  init(takingOver descriptor: Int32, isDevice: Bool = false) {
    (self.descriptor, self.isDevice) = (descriptor, isDevice)
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
  }

  deinit {
    close(descriptor)
  }

  func send(_ bytes: ArraySlice<UInt8>) -> Transfer {
    outcome {
      bytes.withUnsafeBytes { bytes in
        isDevice
          ? write(descriptor, bytes.baseAddress, bytes.count)
          : Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
      }
    }
  }

  func receive(into buffer: inout [UInt8]) -> Transfer {
    outcome { read(descriptor, &buffer, buffer.count) }
  }

  /// Waits until something can be received, or sent if there is something; false after the deadline.
  func wait(sending: Bool, until deadline: MonotonicTime) -> Bool {
    var entry = pollfd(
      fd: descriptor, events: Int16(POLLIN | (sending ? POLLOUT : 0)), revents: 0)
    while true {
      let now = MonotonicTime.now
      let count = poll(&entry, 1, deadline.pollTimeout(from: now))
      if count > 0 { return true }
      if now >= deadline { return false }
    }
  }

  private func outcome(of transfer: () -> Int) -> Transfer {
    while true {
      let count = transfer()
      if count > 0 { return .bytes(count) }
      // A socket says so when xenstored has closed its end, or is no more.
      if count == 0 { return .over(ECONNRESET) }
      if errno == EINTR { continue }
      return errno == EAGAIN ? .notNow : .over(errno)
    }
  }
}
