// SPDX-License-Identifier: Apache-2.0
import CHostSupport
import Glibc
import XenToolstack

/// What ends a thread's poll(2) from another thread. C name: `eventfd`.
struct Wakeup: ~Copyable, Sendable {
  /// Readable from ``ring()`` to ``reset()``.
  let descriptor: Int32

  init() throws(ToolstackError) {
    descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
    guard descriptor >= 0 else { throw ToolstackError(call: "eventfd") }
  }

  deinit {
    close(descriptor)
  }

  func ring() {
    _ = eventfd_write(descriptor, 1)
  }

  func reset() {
    var count: eventfd_t = 0
    _ = eventfd_read(descriptor, &count)
  }
}
