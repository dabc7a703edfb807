// SPDX-License-Identifier: Apache-2.0

import NetWire
import XenFrontends

/// What a segment does to a connection that is being opened: RFC 9293, sections 3.10.7.3 and 3.10.7.4.
struct HandshakeArrival {
  private let connection: TCPConnection
  private let segment: TCPSegment
  private let now: SystemTime

  init(_ connection: TCPConnection, _ segment: TCPSegment, _ now: SystemTime) {
    self.connection = connection
    self.segment = segment
    self.now = now
  }

  /// The answer to this side's SYN.
  func inSynSent(_ payload: RawSpan) {
    let hasAcknowledgment = segment.flags.contains(.ack)
    if hasAcknowledgment,
      segment.acknowledgment <= connection.sender.initial
        || segment.acknowledgment > connection.sender.highest
    {
      if !segment.flags.contains(.rst) { connection.refusal = segment.acknowledgment }
      return
    }
    if segment.flags.contains(.rst) {
      if hasAcknowledgment { connection.end(.refused) }
      return
    }
    guard segment.flags.contains(.syn) else { return }
    takeSyn()
    guard hasAcknowledgment else {
      // Both sides began.
      connection.enter(.synReceived)
      connection.sender.next = connection.sender.initial
      connection.receiver.isAcknowledgmentDue = true
      return
    }
    establish()
    connection.receiver.isAcknowledgmentDue = true
    var rest = segment
    rest.flags.remove(.syn)
    rest.sequence = rest.sequence + 1
    // What else came with it counts as in an open connection.
    if rest.length > 0 { connection.arrive(rest, payload, now) }
  }

  /// Whether a segment with an acknowledgment completes a half-open connection.
  func completes() -> Bool {
    guard segment.acknowledgment > connection.sender.unacknowledged,
      segment.acknowledgment <= connection.sender.highest
    else {
      connection.refusal = segment.acknowledgment
      return false
    }
    if let listener = connection.listener {
      guard !listener.isClosed else {
        connection.mustReset = true
        connection.end(nil)
        return false
      }
      // The peer sends again what this segment brought, and there may be room by then.
      guard listener.hasRoom else {
        connection.shared.statistics.dropped += 1
        return false
      }
      TCPListener.leave(connection)
      listener.complete(connection)
    }
    connection.lifetime.cancel()
    establish()
    return true
  }

  /// Takes the acknowledgment of the SYN, and opens the connection.
  private func establish() {
    let wasResent = connection.sender.recovery.mode != .none
    let isSyn = segment.flags.contains(.syn)
    let clock = connection.clock
    let echo =
      clock.isUsed ? segment.options.timestamp.flatMap { clock.elapsed($0, now) } : nil
    connection.sender.setWindow(segment, shift: isSyn ? 0 : connection.sender.windowShift)
    _ = connection.sender.acknowledge(segment, echo: echo, isWindowSame: false, now)
    connection.sender.begin(wasResent: wasResent)
    connection.enter(connection.sender.isFinished ? .finWait1 : .established)
    connection.lastHeard = now
    connection.isSaidUnreachable = false
    connection.shared.statistics.opened += 1
  }

  /// Takes what a peer's SYN says: its first number, and the options that both sides have.
  func takeSyn() {
    let limit = connection.receiver.buffer.limit
    connection.receiver.begin(
      segment.sequence, window: connection.state == .synSent ? min(65535, limit) : 0)
    Self.take(segment.options, connection)
    if let timestamp = segment.options.timestamp { connection.clock.take(timestamp, now) }
  }

  /// Takes the options of a peer's SYN.
  static func take(_ options: TCPOptions, _ connection: TCPConnection) {
    // What counts without the option: RFC 9293, section 3.7.1.
    let standard: UInt16 = if case .v4 = connection.flow.remote.address { 536 } else { 1220 }
    connection.peerMaximumSegment = max(64, Int(options.maximumSegment ?? standard))
    connection.clock.isUsed = options.timestamp != nil
    connection.sender.hasSACK = options.permitsSACK
    connection.sender.windowShift = Int(options.windowShift ?? 0)
    connection.receiver.shift = options.windowShift == nil ? 0 : connection.shared.windowShift
    connection.isWindowShifted = options.windowShift != nil
    sizeSegments(of: connection, isStart: true)
  }

  /// Sets the payload of segments by what peer, link, network and options allow.
  static func sizeSegments(of connection: TCPConnection, isStart: Bool) {
    let link = connection.shared.maximumSegment(connection.flow.remote.address)
    let size = min(connection.peerMaximumSegment, link)
    connection.sender.setMaximumSegment(
      size - (connection.clock.isUsed ? 12 : 0), isStart: isStart)
  }
}
