// SPDX-License-Identifier: Apache-2.0

/// What a sender does about losses at the moment. Sources: RFC 5681, RFC 6582, RFC 6675.
struct LossRecovery {
  enum Mode {
    case none
    /// Duplicates showed a loss; holes are filled until `point` is acknowledged.
    case fast
    /// Time showed a loss; everything is sent again, as far as it is not known to have arrived.
    case timeout
  }

  private(set) var mode = Mode.none
  /// What had been sent when it began. Name of the RFC: `RecoveryPoint`, `recover`.
  private(set) var point = SequenceNumber(0)
  private(set) var duplicates = 0
  /// Up to where was sent again. Name of the RFC: `HighRxt`.
  var resent = SequenceNumber(0)
  /// Whether the first missing segment is to be sent whatever is on its way.
  var mustResend = false
  /// Whether the end was sent once without there being news behind it. Name of the RFC: `RescueRxt`.
  var isRescued = false
  /// By how much duplicates make the window larger, without SACK.
  private(set) var inflation = 0

  /// Counts a duplicate.
  ///
  /// - Returns: whether it is the one by which a recovery begins.
  mutating func countDuplicate(isLost: Bool, maximumSegment: Int, hasSACK: Bool) -> Bool {
    duplicates = min(duplicates + 1, 1 << 20)
    guard mode == .none else {
      if mode == .fast, !hasSACK { inflation += maximumSegment }
      return false
    }
    return isLost || duplicates >= Scoreboard.duplicates
  }

  mutating func begin(_ unacknowledged: SequenceNumber, sent: SequenceNumber, inflation: Int) {
    mode = .fast
    point = sent
    resent = unacknowledged
    mustResend = true
    isRescued = false
    self.inflation = inflation
  }

  mutating func timedOut(sent: SequenceNumber) {
    mode = .timeout
    point = sent
    duplicates = 0
    inflation = 0
    mustResend = false
  }

  /// New data was acknowledged.
  ///
  /// - Returns: whether a recovery ended.
  mutating func advance(
    to acknowledged: SequenceNumber, by count: Int, maximumSegment: Int, hasSACK: Bool
  ) -> Bool {
    duplicates = 0
    guard mode != .none else { return false }
    if acknowledged >= point {
      let wasFast = mode == .fast
      mode = .none
      inflation = 0
      mustResend = false
      return wasFast
    }
    resent = .later(resent, acknowledged)
    if mode == .fast, !hasSACK {
      // A partial acknowledgment: the next hole begins here.
      mustResend = true
      inflation = max(0, inflation - count) + (count >= maximumSegment ? maximumSegment : 0)
    }
    return false
  }

  /// By how much the first duplicates make the window larger: RFC 3042.
  func limitedTransmit(_ maximumSegment: Int, hasSACK: Bool) -> Int {
    hasSACK || mode != .none ? 0 : min(duplicates, 2) * maximumSegment
  }
}
