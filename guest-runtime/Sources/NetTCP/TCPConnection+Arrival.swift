// SPDX-License-Identifier: Apache-2.0

import NetWire
import XenFrontends

/// What a segment does to a connection that is at least half open: RFC 9293, section 3.10.7.4, in its order, with
/// RFC 5961 and RFC 7323.
extension TCPConnection {
  func arrive(_ segment: TCPSegment, _ payload: RawSpan, _ now: SystemTime) {
    if state == .synSent { return HandshakeArrival(self, segment, now).inSynSent(payload) }
    var segment = segment
    if state == .synReceived, segment.flags.contains(.syn),
      segment.sequence == receiver.next - 1
    {
      guard segment.flags.contains(.ack) else {
        // The peer did not get the answer to its SYN.
        if challenges.allow(at: now.rawValue) { sender.next = sender.initial }
        return
      }
      // Both sides began: what counts is the acknowledgment.
      segment.flags.remove(.syn)
      segment.sequence = segment.sequence + 1
    }
    guard isCurrent(segment, now), isInWindow(&segment, now) else { return }
    if segment.flags.contains(.rst) {
      // Anybody can guess a number in the window, hardly this one: RFC 5961, section 3.
      return segment.sequence == receiver.next ? reset() : challenge(now)
    }
    if segment.flags.contains(.syn) { return challenge(now) }
    guard segment.flags.contains(.ack) else { return }
    if state == .synReceived, !HandshakeArrival(self, segment, now).completes() { return }
    guard takeAcknowledgment(segment, now) else { return }
    // Only what is acceptable in all of its numbers: others than the peer may send the rest.
    noteLife(segment, now)
    if segment.flags.contains(.urg), state.isReceiving {
      receiver.noteUrgent(segment.sequence + Int(segment.urgentPointer))
    }
    takePayload(segment, payload, now)
  }

  /// Whether a segment is no older than others: RFC 7323, section 5.3.
  private func isCurrent(_ segment: TCPSegment, _ now: SystemTime) -> Bool {
    guard clock.isUsed, !segment.flags.contains(.rst) else { return true }
    guard let timestamp = segment.options.timestamp else { return false }
    guard clock.isOld(timestamp, now) else { return true }
    refuse(segment, now)
    return false
  }

  private func isInWindow(_ segment: inout TCPSegment, _ now: SystemTime) -> Bool {
    if segment.flags.contains(.syn), state.isSynchronized, !segment.flags.contains(.rst) {
      // At any place: RFC 5961, section 4.
      challenge(now)
      return false
    }
    if receiver.accepts(segment) { return true }
    if segment.flags.contains(.rst) { return false }
    refuse(segment, now)
    // Without a window only data is refused, neither what is acknowledged nor what is urgent.
    guard receiver.window == 0, segment.sequence == receiver.next else { return false }
    segment.flags.remove(.fin)
    segment.payloadCount = 0
    return true
  }

  /// Answers a segment that does not fit. Empty ones only so often: two sides that both find the other's
  /// acknowledgments wrong would never end.
  private func refuse(_ segment: TCPSegment, _ now: SystemTime) {
    if segment.length > 0 { receiver.isAcknowledgmentDue = true } else { challenge(now) }
  }

  private func challenge(_ now: SystemTime) {
    guard challenges.allow(at: now.rawValue) else { return }
    shared.statistics.challenges += 1
    receiver.isAcknowledgmentDue = true
  }

  private func reset() {
    switch state {
    case .synReceived: end(isPassive ? nil : .refused)
    case .closing, .lastAcknowledgment: end(nil)
    default: end(.reset)
    }
  }

  private func noteLife(_ segment: TCPSegment, _ now: SystemTime) {
    lastHeard = now
    questions = 0
    if clock.isUsed, let timestamp = segment.options.timestamp,
      segment.sequence <= receiver.acknowledged
    {
      clock.take(timestamp, now)
    }
  }

  /// Returns: whether what else the segment has counts.
  private func takeAcknowledgment(_ segment: TCPSegment, _ now: SystemTime) -> Bool {
    let number = segment.acknowledgment
    // Source: RFC 5961, section 5.
    guard number <= sender.highest,
      number >= sender.unacknowledged - max(sender.largestWindow, 1)
    else {
      challenge(now)
      return false
    }
    let isNewWindow = number >= sender.unacknowledged && sender.takeWindow(segment)
    let echo = clock.isUsed ? segment.options.timestamp.flatMap { clock.elapsed($0, now) } : nil
    let count = sender.acknowledge(segment, echo: echo, isWindowSame: !isNewWindow, now)
    if count > 0 {
      isSaidUnreachable = false
      if isOrphan { lifetime.set(now, afterMilliseconds: shared.limits.orphanMilliseconds) }
    }
    guard sender.isFinAcknowledged else { return true }
    switch state {
    case .finWait1: enter(.finWait2)
    case .closing: enterTimeWait()
    case .lastAcknowledgment:
      end(nil)
      return false
    default: break
    }
    return true
  }

  private func takePayload(_ segment: TCPSegment, _ payload: RawSpan, _ now: SystemTime) {
    guard segment.payloadCount > 0 || segment.flags.contains(.fin), state.isReceiving else {
      return
    }
    let isNew = segment.sequence + segment.payloadCount > receiver.next
    if isOrphan, segment.payloadCount > 0, isNew {
      // Nobody reads it, and the peer should know.
      mustReset = true
      return end(.aborted)
    }
    let hadGap = !receiver.pieces.isEmpty
    let (grown, isCut) = receiver.take(
      segment, payload.extracting(0..<segment.payloadCount), limit: shared.limits.pieces)
    largestReceived = max(
      largestReceived,
      min(segment.payloadCount, shared.maximumSegment(flow.remote.address)))
    if isCut { shared.statistics.dropped += 1 }
    if receiver.isAtEnd {
      takeEnd()
    } else if grown == 0 || isCut || hadGap || !receiver.pieces.isEmpty
      || receiver.unacknowledged >= 2 * segmentForAcknowledgment
    {
      receiver.isAcknowledgmentDue = true
    } else if !delayed.isSet {
      delayed.set(now, afterMilliseconds: shared.limits.delayedMilliseconds)
    }
  }

  /// What counts as a full segment when every second one is acknowledged.
  private var segmentForAcknowledgment: Int { max(1, largestReceived) }

  /// The peer's FIN is reached.
  private func takeEnd() {
    receiver.isAcknowledgmentDue = true
    switch state {
    case .established: enter(.closeWait)
    case .finWait1: enter(.closing)
    case .finWait2: enterTimeWait()
    default: break
    }
  }

  private func enterTimeWait() {
    enter(.timeWait)
    cancelTimers()
  }

  /// What ICMP says of a segment of this connection. Sources: RFC 9293, section 3.9.2.2; RFC 5927; RFC 1191.
  func arrive(_ packet: UndeliveredPacket, _ sequence: SequenceNumber) {
    // Who does not see the connection does not know what is on its way.
    guard sequence >= sender.unacknowledged, sequence < sender.highest else { return }
    switch packet.reason {
    case .unreachable(4):
      // Old routers do not say how much; less than 552 is rather an attack. With IPv6 each link can 1280.
      let said = Int(packet.mtu ?? 0)
      let least = if case .v4 = flow.remote.address { 552 } else { IPv6Header.leastMTU }
      let size =
        max(least, said == 0 ? 576 : said) - TCPShared.headerCount(flow.remote.address)
      guard state.isSynchronized, size < peerMaximumSegment,
        size < shared.maximumSegment(flow.remote.address)
      else { return }
      peerMaximumSegment = size
      HandshakeArrival.sizeSegments(of: self, isStart: false)
      sender.sendAgain()
    case .unreachable(2), .unreachable(3):
      if state.isSynchronized { isSaidUnreachable = true } else { end(isPassive ? nil : .refused) }
    default: isSaidUnreachable = true
    }
  }
}
