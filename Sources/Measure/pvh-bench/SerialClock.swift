// SPDX-License-Identifier: Apache-2.0

import XenLab

/// Notes when two texts appear on a lab's serial port, one behind the other; as exactly as it is
/// called.
struct SerialClock {
  private let lab: LabHost
  private let first: String
  private let second: String
  private let clock = ContinuousClock()
  private var seenSize = 0
  private var start: ContinuousClock.Instant?
  private var end: ContinuousClock.Instant?

  /// Begins with an empty log.
  init(_ lab: LabHost, from first: String, to second: String) {
    self.lab = lab
    self.first = first
    self.second = second
    lab.trimSerialLog(limit: 0)
  }

  /// Looks at the log.
  mutating func look() {
    let size = lab.serialLogSize
    guard size != seenSize, end == nil else { return }
    let now = clock.now
    seenSize = size
    let log = lab.serialLog()
    guard let place = log.firstRange(of: first) else { return }
    if start == nil { start = now }
    if log[place.upperBound...].contains(second) { end = now }
  }

  /// Seconds between the two; nil if they were not both seen.
  var seconds: Double? {
    guard let start, let end else { return nil }
    let time = start.duration(to: end).components
    return Double(time.seconds) + Double(time.attoseconds) * 1e-18
  }
}
