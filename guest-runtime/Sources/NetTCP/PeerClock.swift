// SPDX-License-Identifier: Apache-2.0

import XenFrontends

/// The timestamps of a connection: this side's, and what the peer said last. Source: RFC 7323.
struct PeerClock {
  /// Whether both sides have them.
  var isUsed = false
  /// What this side's clock has more than the time in milliseconds.
  let offset: UInt32
  /// Name of the RFC: `TS.Recent`.
  private(set) var recent: UInt32 = 0
  private var recentSince = SystemTime(rawValue: 0)

  init(offset: UInt32) { self.offset = offset }

  /// After so long an old timestamp says nothing: half of the peer's fastest clock's round. Source: section 5.5.
  private static var outdated: UInt64 { 24 * 24 * 3600 * 1_000_000_000 }

  func timestamp(_ now: SystemTime) -> TCPTimestamp {
    TCPTimestamp(value: value(now), echo: recent)
  }

  private func value(_ now: SystemTime) -> UInt32 {
    UInt32(truncatingIfNeeded: now.rawValue / 1_000_000) &+ offset
  }

  /// Whether a segment is from before what arrived already. Source: section 5.3, R1.
  func isOld(_ timestamp: TCPTimestamp, _ now: SystemTime) -> Bool {
    Int32(bitPattern: timestamp.value &- recent) < 0
      && now.rawValue - recentSince.rawValue < Self.outdated
  }

  mutating func take(_ timestamp: TCPTimestamp, _ now: SystemTime) {
    recent = timestamp.value
    recentSince = now
  }

  /// How long ago, in nanoseconds, this side sent what a segment echoes; nil if that cannot be.
  func elapsed(_ timestamp: TCPTimestamp, _ now: SystemTime) -> UInt64? {
    let elapsed = value(now) &- timestamp.echo
    // More than ten minutes is no answer, but an error or a lie.
    return timestamp.echo != 0 && elapsed < 600_000 ? UInt64(elapsed) * 1_000_000 : nil
  }
}
