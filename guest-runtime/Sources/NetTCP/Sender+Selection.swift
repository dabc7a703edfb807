// SPDX-License-Identifier: Apache-2.0

import XenFrontends

/// A segment that a sender wants to be sent: a part of its stream.
struct Transmission {
  var sequence: SequenceNumber
  /// Bytes of payload.
  var count: Int
  var isSyn = false
  var isFin = false
  var isPush = false
  /// Whether some of it was sent before.
  var isAgain = false

  /// The number behind it.
  var end: SequenceNumber { sequence + count + (isSyn || isFin ? 1 : 0) }
}

extension Sender {
  /// What to send now, which then counts as sent.
  ///
  /// - Parameters:
  ///   - size: payload of one segment, with the options that it has.
  ///   - most: payload at most; more than one segment's if somebody behind cuts it.
  ///   - now: the time.
  /// - Returns: nil if there is nothing to send now.
  mutating func select(size: Int, most: Int, _ now: SystemTime) -> Transmission? {
    guard let found = choose(size: size, most: most, now) else { return nil }
    note(found, now)
    return found
  }

  private mutating func choose(size: Int, most: Int, _ now: SystemTime) -> Transmission? {
    if !isSynAcknowledged {
      guard next == initial else { return nil }
      return Transmission(sequence: initial, count: 0, isSyn: true, isAgain: highest != initial)
    }
    if mustProbe {
      mustProbe = false
      return probe(size)
    }
    if flight == 0, now.rawValue - lastSent.rawValue > roundTrip.retransmission {
      congestion.restart()
    }
    if recovery.mode == .fast {
      if let found = resend(size) { return found }
    } else if next < highest {
      let found = continueAgain(size: size, most: most)
      if found != nil || next < highest { return found }
    }
    return fresh(size: size, most: most, now)
  }

  /// How much more may be on its way.
  private var allowance: Int {
    let all = SequenceRange(unacknowledged, highest)
    let onItsWay: Int
    switch recovery.mode {
    case .fast where hasSACK:
      let lost = scoreboard.lost(maximumSegment) ?? unacknowledged
      // Name of the RFC: pipe. What is not lost, and what was sent again.
      onItsWay =
        scoreboard.missing(SequenceRange(.later(lost, unacknowledged), highest))
        + scoreboard.missing(SequenceRange(unacknowledged, recovery.resent))
    case .timeout:
      onItsWay = scoreboard.missing(SequenceRange(unacknowledged, next))
    default:
      onItsWay = scoreboard.missing(all)
    }
    return congestion.window + recovery.inflation
      + recovery.limitedTransmit(maximumSegment, hasSACK: hasSACK) - onItsWay
  }

  /// What is sent again in a fast recovery, or nil if new data comes first. Source: RFC 6675, section 4.
  private mutating func resend(_ size: Int) -> Transmission? {
    guard hasSACK else {
      guard recovery.mustResend else { return nil }
      recovery.mustResend = false
      return part(from: unacknowledged, atMost: size)
    }
    guard recovery.mustResend || allowance >= size else { return nil }
    let isForced = recovery.mustResend
    recovery.mustResend = false
    let start = SequenceNumber.later(recovery.resent, unacknowledged)
    if let hole = scoreboard.hole(from: isForced ? unacknowledged : start) {
      let lost = scoreboard.lost(maximumSegment)
      let hasFresh = next < dataEnd && usable > 0
      if isForced || lost.map({ hole.start < $0 }) ?? false || !hasFresh {
        return resent(part(from: hole.start, atMost: min(size, hole.count)))
      }
    } else if isForced {
      return resent(part(from: unacknowledged, atMost: size))
    } else if !recovery.isRescued, next == dataEnd || usable <= 0, start < highest {
      // The end may be lost, too, with nothing behind it to say so.
      recovery.isRescued = true
      let end = highest - min(size, highest - start)
      return part(from: .later(start, end), atMost: size)
    }
    return nil
  }

  private mutating func resent(_ found: Transmission?) -> Transmission? {
    if let found { recovery.resent = .later(recovery.resent, found.end) }
    return found
  }

  /// What is sent again, from `next` on, after a time-out.
  private mutating func continueAgain(size: Int, most: Int) -> Transmission? {
    var limit = most
    if let hole = scoreboard.hole(from: next) {
      next = hole.start
      limit = min(limit, hole.count)
    } else if let end = scoreboard.highest, end > next {
      next = end
      if next >= highest { return nil }
    }
    let room = max(allowance, next == unacknowledged ? size : 0)
    guard usable > 0, room > 0 else {
      if room <= 0 { congestion.limit(highest) }
      return nil
    }
    // Waits for room for a full segment, if there is that much.
    if room < min(size, dataEnd - next) {
      congestion.limit(highest)
      return nil
    }
    limit = min(limit, usable, max(room / size * size, min(room, size)))
    return part(from: next, atMost: limit)
  }

  /// How much of the peer's window is left.
  private var usable: Int { unacknowledged + window - next }

  /// What is sent for the first time. Source: RFC 9293, sections 3.7.4 and 3.8.6.2.1.
  private mutating func fresh(size: Int, most: Int, _ now: SystemTime) -> Transmission? {
    let unsent = dataEnd - next
    if unsent <= 0 {
      guard isFinished, !isFinAcknowledged, next == dataEnd else { return nil }
      guard usable > 0 else { return waitForWindow(now) }
      return part(from: next, atMost: 0)
    }
    guard usable > 0 else { return waitForWindow(now) }
    let room = allowance
    let count = min(unsent, usable, room, most)
    if room < min(size, unsent, usable) {
      congestion.limit(highest)
      return nil
    }
    let isIdle = flight == 0
    let isAll = count == unsent
    if isAll, isFinished || hasNoDelay || isIdle { return part(from: next, atMost: count) }
    if count >= size {
      // A rest of a segment waits, or is sent by itself.
      return part(from: next, atMost: count / size * size)
    }
    if isIdle || hasNoDelay, count * 2 >= largestWindow { return part(from: next, atMost: count) }
    return waitForWindow(now)
  }

  private mutating func waitForWindow(_ now: SystemTime) -> Transmission? {
    if flight == 0, !timer.isSet { timer.set(now, after: roundTrip.retransmission) }
    return nil
  }

  /// A question for the window: at least one byte, as an empty segment may stay without an answer.
  private func probe(_ size: Int) -> Transmission? {
    part(from: unacknowledged, atMost: max(1, min(size, window)))
  }

  /// A part of the stream from a number on, with the FIN if it follows and the window has room for it.
  private func part(from start: SequenceNumber, atMost limit: Int) -> Transmission? {
    let count = max(0, min(limit, dataEnd - start))
    let end = start + count
    let hasRoom = end < unacknowledged + window || count == 0
    let isFin = isFinished && !isFinAcknowledged && end == dataEnd && hasRoom
    guard count > 0 || isFin else { return nil }
    return Transmission(
      sequence: start, count: count, isFin: isFin, isPush: count > 0 && end == dataEnd,
      isAgain: start < highest)
  }

  private mutating func note(_ sent: Transmission, _ now: SystemTime) {
    let end = sent.end
    let wasIdle = flight == 0
    if sent.isAgain {
      // What was sent twice says nothing of the time: Karn.
      if let timed, sent.sequence < timed.end { self.timed = nil }
    } else if timed == nil {
      timed = (end, now.rawValue)
    }
    next = .later(next, end)
    highest = .later(highest, end)
    lastSent = now
    if stalledSince == nil { stalledSince = now }
    if wasIdle && !isProbing || !timer.isSet { timer.set(now, after: roundTrip.retransmission) }
  }
}
