// SPDX-License-Identifier: Apache-2.0

public import HostSystem

/// Decides, after a guest has stopped, when all of its console output has arrived.
///
/// Pure arithmetic on what the guest left behind and on what came through the terminal.
public struct ConsoleDrain: Sendable {
  /// What to do now.
  public enum Verdict: Equatable, Sendable {
    /// More will come, or may come until the patience ends.
    case waiting
    /// Every byte is here.
    case complete
    /// So many bytes never arrived.
    case missing(UInt32)
    /// The guest left indices from which nothing can be counted.
    case uncountable
  }

  /// More than this cannot be between the ring and us, not even with xenconsoled's buffer full.
  static let plausibleBacklog: UInt32 = 4 << 20
  /// Milliseconds to wait when the indices say nothing: xenconsoled's rate limit is 200.
  static let uncountablePatience = 500

  private let patience: Int
  private var last: (indices: ConsoleIndices, received: UInt64)?
  private var quietSince = MonotonicTime(nanoseconds: 0)

  /// Gives up when nothing has moved for so many milliseconds.
  public init(patience: Int) {
    self.patience = patience
  }

  /// Judges the indices as they are now against the bytes received in all.
  ///
  /// `isClosed` says that nothing can come any more.
  public mutating func judge(
    _ indices: ConsoleIndices, received: UInt64, isClosed: Bool = false, now: MonotonicTime
  ) -> Verdict {
    let missing = indices.produced &- UInt32(truncatingIfNeeded: received)
    let isCountable = indices.isServed && missing <= Self.plausibleBacklog
    if isCountable, missing == 0 { return .complete }
    let final: Verdict = isCountable ? .missing(missing) : .uncountable
    if isClosed { return final }
    if let last, last.indices == indices, last.received == received {
      let patience = isCountable ? patience : min(patience, Self.uncountablePatience)
      return now >= quietSince.adding(milliseconds: patience) ? final : .waiting
    }
    last = (indices, received)
    quietSince = now
    return .waiting
  }

  /// Starts the patience anew: the delay is our own, not the peer's.
  public mutating func excuse() {
    last = nil
  }
}
