// SPDX-License-Identifier: Apache-2.0

import XenFrontends

/// How much may be on its way, by what was acknowledged and lost. Sources: RFC 5681, RFC 9438. All sizes in bytes.
struct Congestion {
  /// C name of the RFC: `cwnd`.
  private(set) var window: Int
  /// C name of the RFC: `ssthresh`.
  private(set) var threshold = Int.max
  /// What was sent when the window, and nothing else, last kept the sender from sending more. Only what was sent
  /// before lets the window grow: RFC 7661.
  private var limited: SequenceNumber?
  private(set) var maximumSegment: Int
  private let kind: TCPCongestion
  private var curve = CubicCurve()
  /// What was acknowledged and did not yet make a whole step.
  private var credit = 0

  init(_ kind: TCPCongestion, maximumSegment: Int) {
    self.kind = kind
    self.maximumSegment = maximumSegment
    window = Self.initialWindow(maximumSegment)
  }

  /// Source: RFC 6928.
  private static func initialWindow(_ maximumSegment: Int) -> Int {
    min(10 * maximumSegment, max(2 * maximumSegment, 14600))
  }

  /// Segments have another size from now on. At the start the window is set anew.
  mutating func setMaximumSegment(_ size: Int, isStart: Bool) {
    maximumSegment = size
    window = isStart ? Self.initialWindow(size) : max(window, size)
  }

  var isSlowStart: Bool { window < threshold }

  /// The window keeps the sender from sending.
  mutating func limit(_ sent: SequenceNumber) { limited = sent }

  /// New data was acknowledged, outside of a recovery.
  ///
  /// - Parameters:
  ///   - count: how many bytes.
  ///   - number: up to which number.
  ///   - now: the time.
  ///   - roundTrip: how long answers take, in nanoseconds.
  mutating func acknowledged(
    _ count: Int, to number: SequenceNumber, _ now: SystemTime, roundTrip: UInt64
  ) {
    guard let limit = limited else { return }
    guard number <= limit else { return limited = nil }
    if isSlowStart {
      // All that one acknowledgment says, as in Linux: on the links of guests it is for 64 KiB, and a limit for
      // each would make each round's step small. Source: RFC 3465, section 2.2.
      window = min(window + count, max(threshold, window))
      return
    }
    switch kind {
    case .newReno:
      credit += count
      while credit >= window {
        credit -= window
        window += maximumSegment
      }
    case .cubic:
      let (target, isReno) = curve.target(
        now, roundTrip: roundTrip, window: window, acknowledged: count,
        maximumSegment: maximumSegment)
      if isReno { return window = max(window, min(target, 1 << 30)) }
      credit += max(0, target - window) * count
      window += credit / window
      credit %= window
    }
    window = min(window, 1 << 30)
  }

  /// A loss was seen by duplicates.
  ///
  /// - Parameter flight: what was sent and is not acknowledged.
  mutating func lost(_ flight: Int) {
    reduce(flight)
    window = threshold
  }

  /// A loss was seen by time.
  ///
  /// - Parameters:
  ///   - flight: what was sent and is not acknowledged.
  ///   - isFirst: whether it is not the same segment again.
  mutating func timedOut(_ flight: Int, isFirst: Bool) {
    if isFirst { reduce(flight) }
    window = maximumSegment
  }

  private mutating func reduce(_ flight: Int) {
    switch kind {
    case .newReno: threshold = max(flight / 2, 2 * maximumSegment)
    case .cubic:
      curve.reduce(window, maximumSegment: maximumSegment)
      threshold = max(flight * 7 / 10, 2 * maximumSegment)
    }
    credit = 0
  }

  /// A recovery ended.
  mutating func deflate(to size: Int) { window = max(maximumSegment, size) }

  /// Nothing was sent for a while: what the network carries is not known any more.
  mutating func restart() {
    window = min(window, Self.initialWindow(maximumSegment))
    curve.forgetTime()
  }
}

/// The curve by which CUBIC's window grows: fast, slow near where the last loss was, fast again. Source: RFC 9438,
/// section 4.
private struct CubicCurve {
  /// Where the last loss was. Name of the RFC: `W_max`.
  private var top = 0
  /// The window at the last loss. Name of the RFC: `cwnd_prior`.
  private var before = 0
  private var start: SystemTime?
  /// Milliseconds from the start to the top. Name of the RFC: `K`.
  private var rise = 0
  /// What NewReno would have, in 1/1024 bytes. Name of the RFC: `W_est`.
  private var estimate = 0

  mutating func reduce(_ window: Int, maximumSegment: Int) {
    // Others want room: do not come back to where it was.
    top = window < top ? window * 17 / 20 : window
    before = window
    start = nil
  }

  mutating func forgetTime() { start = nil }

  /// Where the window is to go within a round trip, and whether that is what NewReno would have now: on short ways it
  /// grows faster. Source: sections 4.2 and 4.3.
  mutating func target(
    _ now: SystemTime, roundTrip: UInt64, window: Int, acknowledged: Int, maximumSegment: Int
  ) -> (size: Int, isReno: Bool) {
    let start = self.start ?? now
    if self.start == nil {
      self.start = now
      top = max(top, window)
      // K³ = (W_max - cwnd) / C with C = 0.4 segments per second³.
      rise = Self.cubeRoot((top - window) * 5 / 2 / maximumSegment * 1_000_000_000)
      estimate = window << 10
    }
    // α_cubic, which is 3 (1 - 0.7) / (1 + 0.7), until the window is where it was; then 1.
    let step = estimate >> 10 < before ? 542 : 1024
    estimate += step * acknowledged * maximumSegment / max(1, window)
    let elapsed = now.rawValue - start.rawValue
    if size(elapsed, maximumSegment) < estimate >> 10 { return (estimate >> 10, true) }
    let next = size(elapsed + roundTrip, maximumSegment)
    return (max(window, min(next, window + window / 2)), false)
  }

  /// The curve's height some nanoseconds after its start. Name of the RFC: `W_cubic`.
  private func size(_ elapsed: UInt64, _ maximumSegment: Int) -> Int {
    let milliseconds = Int(elapsed / 1_000_000)
    let distance = max(-100_000, min(100_000, milliseconds - rise))
    return top + distance * distance * distance / 1_000_000 * 2 * maximumSegment / 5000
  }

  private static func cubeRoot(_ number: Int) -> Int {
    var low = 0
    var high = 2_000_000
    while low < high {
      let middle = (low + high + 1) / 2
      if middle * middle * middle <= number { low = middle } else { high = middle - 1 }
    }
    return low
  }
}
