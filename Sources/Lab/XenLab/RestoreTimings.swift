// SPDX-License-Identifier: Apache-2.0

import HostSystem

/// How long the parts of one restore took, each from the end of the part before.
public struct RestoreTimings: Sendable {
  /// Comparing the template's files with what was saved.
  public internal(set) var checked = Duration.zero
  /// Putting the agent on its disk.
  public internal(set) var agentCopied = Duration.zero
  /// From starting QEMU to its first answer.
  public internal(set) var qemuStarted = Duration.zero
  /// Loading the device state, until the machine runs.
  public internal(set) var resumed = Duration.zero

  /// The whole restore; the agent's own start comes on top.
  public var total: Duration { checked + agentCopied + qemuStarted + resumed }

  struct Clock {
    private(set) var timings = RestoreTimings()
    private var last = MonotonicTime.now

    mutating func lap(_ part: WritableKeyPath<RestoreTimings, Duration>) {
      let now = MonotonicTime.now
      timings[keyPath: part] = now - last
      last = now
    }
  }
}
