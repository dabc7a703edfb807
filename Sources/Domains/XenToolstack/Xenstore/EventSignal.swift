// SPDX-License-Identifier: Apache-2.0

import CXenLight
import DomainModel
import Glibc

/// What is readable while there may be an event: while something is in the channel, and after events
/// have come from it beside a reply, of which poll(2) on the channel itself would not know any more.
final class EventSignal {
  /// For poll(2). C name: `epoll`.
  let descriptor: Int32
  /// C name: `eventfd`.
  private let bell: Int32
  private var isRung = false

  init(on channel: XenstoreChannel) throws(ToolstackError) {
    bell = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
    descriptor = epoll_create1(Int32(O_CLOEXEC))
    let isComplete = [bell, channel.descriptor].allSatisfy { source in
      var event = epoll_event()
      event.events = UInt32(POLLIN)
      return source >= 0 && epoll_ctl(descriptor, EPOLL_CTL_ADD, source, &event) == 0
    }
    guard isComplete else {
      throw ToolstackError(call: "preparing to wait for events of xenstore")
    }
  }

  deinit {
    close(descriptor)
    close(bell)
  }

  /// Makes it readable until it is reset.
  func ring() {
    guard !isRung else { return }
    isRung = eventfd_write(bell, 1) == 0
  }

  /// Leaves it readable only if the channel is.
  func reset() {
    guard isRung else { return }
    var count: eventfd_t = 0
    _ = eventfd_read(bell, &count)
    isRung = false
  }
}
