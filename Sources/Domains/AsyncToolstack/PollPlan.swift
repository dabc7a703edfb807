// SPDX-License-Identifier: Apache-2.0
import Glibc
import XenToolstack

/// What to wait for in poll(2), and until when.
struct PollPlan: Sendable {
  var interests: [DescriptorInterest] = []
  /// Nil: without end.
  var deadline: MonotonicTime?

  /// Waits until then at the latest.
  mutating func note(_ moment: MonotonicTime) {
    deadline = deadline.map { min($0, moment) } ?? moment
  }

  /// Returns when something may have happened.
  func wait() {
    var entries = interests.map { interest in
      let events = (interest.reading ? POLLIN : 0) | (interest.writing ? POLLOUT : 0)
      return pollfd(fd: interest.descriptor, events: Int16(events), revents: 0)
    }
    _ = poll(&entries, nfds_t(entries.count), deadline?.pollTimeout(from: .now) ?? -1)
  }
}
