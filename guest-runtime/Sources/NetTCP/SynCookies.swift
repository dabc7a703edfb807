// SPDX-License-Identifier: Apache-2.0

import NetWire
import XenFrontends

/// First numbers of connections in which is all that must be known of them: for peers that begin when too many others
/// did and nothing more can be kept. Source: RFC 4987, section 3.6.
///
/// A number has, from the top: the minute (5 bits), the size of segments (3 bits), and 24 bits of a hash. Window shift
/// and SACK are in the low bits of the timestamp, if the peer has timestamps.
struct SynCookies {
  private let secret: (UInt64, UInt64)
  private var lastSent: SystemTime?

  init(secret: (UInt64, UInt64)) { self.secret = secret }

  private static func size(_ index: UInt32) -> UInt16 {
    switch index {
    case 0: 64
    case 1: 536
    case 2: 1220
    case 3: 1300
    case 4: 1360
    case 5: 1440
    case 6: 1460
    default: 8960
    }
  }

  /// The bits of a timestamp that say options.
  private static var optionBits: UInt32 { 0x1F }

  private func number(
    _ flow: TCPFlow, _ peer: SequenceNumber, minute: UInt64, index: UInt32
  ) -> SequenceNumber {
    let salt = UInt64(peer.rawValue) << 32 ^ (minute << 5 | UInt64(index)) &+ 16
    let hash = UInt32(truncatingIfNeeded: flow.hash(secret, salt)) & 0xFF_FFFF
    return SequenceNumber(UInt32(minute & 31) << 27 | index << 24 | hash)
  }

  private func minute(_ now: SystemTime) -> UInt64 { now.rawValue / 60_000_000_000 }

  /// The number of an answer to a SYN.
  mutating func make(_ flow: TCPFlow, _ segment: TCPSegment, _ now: SystemTime) -> SequenceNumber {
    lastSent = now
    return number(flow, segment, now)
  }

  /// The number that a connection has that is kept although cookies are out: the SYN may have been answered with one
  /// before, which the peer believes.
  func number(_ flow: TCPFlow, _ segment: TCPSegment, _ now: SystemTime) -> SequenceNumber {
    let wanted = segment.options.maximumSegment ?? 536
    var index: UInt32 = 7
    while index > 0, Self.size(index) > wanted { index -= 1 }
    return number(flow, segment.sequence, minute: minute(now), index: index)
  }

  /// The timestamp of an answer, which says options of a SYN; a little before the actual one.
  static func timestamp(_ actual: TCPTimestamp, _ options: TCPOptions) -> TCPTimestamp {
    var value = actual.value & ~optionBits | UInt32(options.windowShift ?? 15)
    if options.permitsSACK { value |= 16 }
    if value > actual.value { value &-= optionBits + 1 }
    return TCPTimestamp(value: value, echo: actual.echo)
  }

  /// Whether a cookie was made in the last two minutes.
  func areOut(_ now: SystemTime) -> Bool {
    lastSent.map { now.rawValue - $0.rawValue < 120_000_000_000 } ?? false
  }

  /// The options of the SYN whose cookie an acknowledgment brings; nil if it brings none of the last two minutes.
  func check(_ flow: TCPFlow, _ segment: TCPSegment, _ now: SystemTime) -> TCPOptions? {
    guard areOut(now) else { return nil }
    let cookie = segment.acknowledgment - 1
    let index = cookie.rawValue >> 24 & 7
    let current = minute(now)
    for age: UInt64 in 0...1 {
      guard number(flow, segment.sequence - 1, minute: current &- age, index: index) == cookie
      else {
        continue
      }
      var options = TCPOptions()
      options.maximumSegment = Self.size(index)
      if let timestamp = segment.options.timestamp {
        options.timestamp = timestamp
        let shift = timestamp.echo & 15
        if shift < 15 { options.windowShift = UInt8(shift) }
        options.permitsSACK = timestamp.echo & 16 != 0
      }
      return options
    }
    return nil
  }
}
