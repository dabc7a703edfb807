// SPDX-License-Identifier: Apache-2.0

import XenFrontends

/// The sending half of a connection: what was written, what of it was sent, and what the peer has of it. What to
/// send next is in `Sender+Selection.swift`.
struct Sender {
  /// The number of the SYN. Name of the RFC: `ISS`.
  let initial: SequenceNumber
  /// The first number that is not acknowledged. Name of the RFC: `SND.UNA`.
  private(set) var unacknowledged: SequenceNumber
  /// The next number to send, which goes back when things are sent again. Name of the RFC: `SND.NXT`.
  var next: SequenceNumber
  /// Behind the last number that was ever sent.
  var highest: SequenceNumber
  let buffer: ByteRing
  private(set) var isSynAcknowledged = false
  /// Whether nothing more is written, so that a FIN follows.
  var isFinished = false
  private(set) var isFinAcknowledged = false
  /// Whether small segments wait for nothing. Name of sockets: `TCP_NODELAY`.
  var hasNoDelay = false

  /// How much the peer takes, in bytes. Name of the RFC: `SND.WND`.
  private(set) var window = 0
  /// By how many bits the peer's windows are shifted.
  var windowShift = 0
  /// The largest window that the peer ever had.
  private(set) var largestWindow = 0
  /// The sequence and acknowledgment number of the segment that said the window.
  private var windowSource = (SequenceNumber(0), SequenceNumber(0))

  /// Payload of a full segment that has a timestamp, if there are timestamps, and no other option.
  private(set) var maximumSegment: Int
  var hasSACK = false
  var scoreboard = Scoreboard()
  var recovery = LossRecovery()
  var congestion: Congestion
  var roundTrip: RoundTrip
  /// The end of a segment whose answer is awaited, and when it was sent. Source: RFC 6298, section 3.
  var timed: (end: SequenceNumber, sent: UInt64)?
  /// A moment for sending again, or for asking for a window.
  var timer = Timer()
  /// Times in a row that the timer went off without an answer.
  private(set) var attempts = 0
  /// From how many on the peer is called silent. Name of the RFC: `R1`.
  static var silence: Int { 3 }
  /// Since when there is no progress.
  var stalledSince: SystemTime?
  var lastSent = SystemTime(rawValue: 0)
  /// Whether the peer has no window, and is asked for one.
  private(set) var isProbing = false
  /// Whether to send a little although the window is too small.
  var mustProbe = false
  /// Behind the last urgent byte that was written. Name of the RFC: `SND.UP`.
  var urgentEnd: SequenceNumber?

  init(initial: SequenceNumber, buffer: ByteRing, _ limits: TCPLimits) {
    self.initial = initial
    unacknowledged = initial
    next = initial
    highest = initial
    self.buffer = buffer
    maximumSegment = 536
    congestion = Congestion(limits.congestion, maximumSegment: 536)
    roundTrip = RoundTrip(minimumMilliseconds: limits.retransmissionMilliseconds)
  }

  /// The number of the first byte in the buffer.
  var dataStart: SequenceNumber { isSynAcknowledged ? unacknowledged : initial + 1 }
  /// The number behind the last byte in the buffer.
  var dataEnd: SequenceNumber { isFinAcknowledged ? unacknowledged - 1 : dataStart + buffer.count }
  /// What was sent and is not acknowledged.
  var flight: Int { highest - unacknowledged }

  /// Lets more be written ahead if network and peer take most of it: twice what is on its way, so that something is
  /// there to be sent while acknowledgments come.
  func widenBuffer() {
    if min(congestion.window, window) > buffer.limit / 2 { buffer.widen() }
  }

  mutating func setMaximumSegment(_ size: Int, isStart: Bool) {
    maximumSegment = size
    congestion.setMaximumSegment(size, isStart: isStart)
  }

  /// The SYN was sent, by somebody who kept nothing.
  mutating func countSynAsSent() {
    next = initial + 1
    highest = next
  }

  /// The SYN is acknowledged, and data may follow.
  mutating func begin(wasResent: Bool) {
    guard wasResent else { return }
    // A lost SYN is a loss: RFC 5681, section 3.1.
    congestion.deflate(to: maximumSegment)
    roundTrip.beCareful()
  }

  /// Takes the window of a segment, unless an older one said it. Source: RFC 9293, section 3.10.7.4.
  ///
  /// - Returns: whether it changed.
  mutating func takeWindow(_ segment: TCPSegment) -> Bool {
    let source = (segment.sequence, segment.acknowledgment)
    guard
      windowSource.0 < source.0
        || windowSource.0 == source.0 && windowSource.1 <= source.1
    else { return false }
    return setWindow(segment, shift: windowShift)
  }

  /// Takes the first window; one in a SYN is not shifted.
  @discardableResult
  mutating func setWindow(_ segment: TCPSegment, shift: Int) -> Bool {
    windowSource = (segment.sequence, segment.acknowledgment)
    let old = window
    window = Int(segment.window) << shift
    largestWindow = max(largestWindow, window)
    if isProbing, window > 0 {
      // What was a question is sent as data, if it was not taken.
      isProbing = false
      mustProbe = false
      attempts = 0
      timer.cancel()
      roundTrip.forgetDoublings()
      next = unacknowledged
    }
    return window != old
  }

  /// Takes an acknowledgment between `unacknowledged` and `highest`.
  ///
  /// - Parameters:
  ///   - segment: with it.
  ///   - echo: how long ago, in nanoseconds, was sent what it answers, if its timestamp says so.
  ///   - isWindowSame: whether the window is what it was.
  ///   - now: the time.
  /// - Returns: how many bytes of the buffer are acknowledged.
  mutating func acknowledge(
    _ segment: TCPSegment, echo: UInt64?, isWindowSame: Bool, _ now: SystemTime
  ) -> Int {
    let number = segment.acknowledgment
    let news =
      hasSACK
      ? scoreboard.add(
        segment.options, sent: SequenceRange(.later(number, unacknowledged), highest))
      : 0
    if isProbing || window == 0 { attempts = 0 }
    guard number > unacknowledged else {
      if isProbing { stalledSince = nil }
      let isDuplicate =
        hasSACK
        ? news > 0
        : segment.length == 0 && isWindowSame && flight > 0 && number == unacknowledged
          && !isProbing
      if isDuplicate { takeDuplicate() }
      return 0
    }
    measure(number, echo, now)
    let count = number - unacknowledged
    let data = SequenceNumber.earlier(number, dataEnd) - dataStart
    isFinAcknowledged = isFinAcknowledged || isFinished && number > dataEnd
    if data > 0 { buffer.removeFirst(data) }
    isSynAcknowledged = true
    unacknowledged = number
    next = .later(next, number)
    scoreboard.advance(to: number)
    attempts = 0
    stalledSince = flight > 0 ? now : nil
    if let end = urgentEnd, end <= number { urgentEnd = nil }
    let wasRecovering = recovery.mode == .fast
    if recovery.advance(
      to: number, by: count, maximumSegment: maximumSegment, hasSACK: hasSACK)
    {
      // Without SACK much may go out at once: RFC 6582, section 3.2.
      let burst = hasSACK ? Int.max : max(flight, maximumSegment) + maximumSegment
      congestion.deflate(to: min(congestion.threshold, burst))
    } else if !wasRecovering, data > 0 {
      congestion.acknowledged(data, to: number, now, roundTrip: roundTrip.smoothed)
    }
    timer.cancel()
    isProbing = false
    if flight > 0 {
      timer.set(now, after: roundTrip.retransmission)
    } else if isFinAcknowledged {
      buffer.clear()
    } else {
      buffer.shrinkIfUnused()
    }
    return max(0, data)
  }

  private mutating func measure(_ number: SequenceNumber, _ echo: UInt64?, _ now: SystemTime) {
    if let timed {
      guard number >= timed.end else { return }
      roundTrip.add(now.rawValue - timed.sent)
      self.timed = nil
    } else if let echo {
      roundTrip.add(echo)
    }
  }

  private mutating func takeDuplicate() {
    let lost = scoreboard.lost(maximumSegment)
    let begins = recovery.countDuplicate(
      isLost: lost.map { $0 > unacknowledged } ?? false, maximumSegment: maximumSegment,
      hasSACK: hasSACK)
    guard begins, next == highest else { return }
    congestion.lost(flight)
    recovery.begin(
      unacknowledged, sent: highest,
      inflation: hasSACK ? 0 : Scoreboard.duplicates * maximumSegment)
  }

  /// The timer went off.
  mutating func timeOut(_ now: SystemTime) {
    timer.cancel()
    attempts += 1
    if stalledSince == nil { stalledSince = now }
    timed = nil
    if isSynAcknowledged, window == 0 || isProbing || flight == 0 {
      if isProbing { roundTrip.backOff() }
      isProbing = window == 0
      mustProbe = true
      timer.set(now, after: roundTrip.retransmission)
      return
    }
    roundTrip.backOff()
    // A SYN says nothing of what the network carries.
    if isSynAcknowledged { congestion.timedOut(flight, isFirst: attempts == 1) }
    recovery.timedOut(sent: highest)
    // A peer may throw away what it said it has: RFC 2018, section 8.
    scoreboard.clear()
    next = unacknowledged
    timer.set(now, after: roundTrip.retransmission)
  }

  /// Sends everything again in smaller segments; that it was too large says nothing of the network's load.
  mutating func sendAgain() {
    next = unacknowledged
    timed = nil
    recovery.timedOut(sent: highest)
    scoreboard.clear()
  }
}
