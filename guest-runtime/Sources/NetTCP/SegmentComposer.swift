// SPDX-License-Identifier: Apache-2.0

import NetWire
import XenFrontends

/// Makes the segments of a connection.
struct SegmentComposer {
  private let connection: TCPConnection
  private let now: SystemTime

  init(_ connection: TCPConnection, _ now: SystemTime) {
    self.connection = connection
    self.now = now
  }

  /// The next segment to send, which then counts as sent; nil if there is none now.
  func next() -> TCPOutput? {
    if let number = connection.refusal {
      connection.refusal = nil
      return output(segment(.rst, number))
    }
    if connection.mustReset {
      connection.mustReset = false
      return output(acknowledging(segment([.rst, .ack], acceptable)))
    }
    if connection.isOver { return nil }
    let isOpen = connection.state.isSynchronized
    let options = isOpen ? usualOptions() : synOptions()
    let blocks = options.blockCount == 0 ? 0 : 4 + options.blockCount * 8
    let size = connection.sender.maximumSegment - blocks
    let peer = connection.flow.remote.address
    let canBeCut =
      connection.shared.segmentsAtOnce(to: peer) && connection.shared.offloadsChecksum(to: peer)
    // IP's length counts both headers.
    let most = canBeCut ? max(size, (65535 - 120) / size * size) : size
    if let sent = connection.sender.select(size: size, most: most, now) {
      return compose(sent, options, size)
    }
    if connection.mustAsk {
      connection.mustAsk = false
      let question = segment(.ack, connection.sender.highest - 1)
      return output(acknowledging(question, usualOptions()))
    }
    guard isOpen || connection.state == .synReceived else { return nil }
    let isDue =
      connection.receiver.isAcknowledgmentDue
      || isOpen && connection.receiver.shouldTellWindow(connection.segmentForWindow)
    return isDue ? acknowledgment(usualOptions()) : nil
  }

  private func acknowledgment(_ options: TCPOptions) -> TCPOutput {
    output(acknowledging(segment(.ack, acceptable), options))
  }

  /// The number of segments without data: the next one, unless that is beyond the peer's window.
  private var acceptable: SequenceNumber {
    let sender = connection.sender
    guard connection.state.isSynchronized else { return sender.highest }
    return .earlier(sender.highest, sender.unacknowledged + sender.window)
  }

  private func compose(_ sent: Transmission, _ options: TCPOptions, _ size: Int) -> TCPOutput {
    var segment = segment([], sent.sequence, options)
    if sent.isSyn { segment.flags.insert(.syn) }
    if sent.isFin { segment.flags.insert(.fin) }
    if sent.isPush { segment.flags.insert(.psh) }
    if sent.isAgain { connection.shared.statistics.retransmissions += 1 }
    segment.payloadCount = sent.count
    if let end = connection.sender.urgentEnd, end > sent.sequence {
      segment.flags.insert(.urg)
      segment.urgentPointer = UInt16(clamping: end - sent.sequence)
    }
    if connection.state != .synSent {
      segment.flags.insert(.ack)
      segment = acknowledging(segment, options)
    } else {
      segment.window = UInt16(clamping: connection.receiver.buffer.limit)
    }
    return output(
      segment, from: sent.count == 0 ? 0 : sent.sequence - connection.sender.dataStart,
      segmentSize: sent.count > size ? size : 0)
  }

  private func segment(
    _ flags: TCPFlags, _ sequence: SequenceNumber, _ options: TCPOptions = TCPOptions()
  ) -> TCPSegment {
    let flow = connection.flow
    var segment = TCPSegment(
      from: flow.local.port, to: flow.remote.port, flags, sequence: sequence)
    segment.options = options
    return segment
  }

  /// The same segment, which says what arrived and what may come.
  private func acknowledging(
    _ segment: TCPSegment, _ options: TCPOptions = TCPOptions()
  ) -> TCPSegment {
    var segment = segment
    segment.options = options
    segment.acknowledgment = connection.receiver.next
    segment.window = connection.receiver.announce(
      connection.segmentForWindow, isSyn: segment.flags.contains(.syn))
    connection.delayed.cancel()
    return segment
  }

  private func usualOptions() -> TCPOptions {
    var options = TCPOptions()
    if connection.clock.isUsed { options.timestamp = connection.clock.timestamp(now) }
    if connection.sender.hasSACK, !connection.receiver.pieces.isEmpty {
      connection.receiver.pieces.describe(in: &options, atMost: connection.clock.isUsed ? 3 : 4)
    }
    return options
  }

  /// All that this side can, or what of it the peer can, too.
  private func synOptions() -> TCPOptions {
    let isAnswer = connection.state == .synReceived
    var options = TCPOptions()
    let shared = connection.shared
    options.maximumSegment = UInt16(clamping: shared.maximumSegment(connection.flow.remote.address))
    if !isAnswer || connection.isWindowShifted { options.windowShift = shared.windowShift }
    options.permitsSACK = !isAnswer || connection.sender.hasSACK
    if !isAnswer || connection.clock.isUsed {
      options.timestamp = connection.clock.timestamp(now)
    }
    return options
  }

  private func output(
    _ segment: TCPSegment, from offset: Int = 0, segmentSize: Int = 0
  ) -> TCPOutput {
    let shared = connection.shared
    shared.statistics.segmentsSent += 1
    if segment.flags.contains(.rst) { shared.statistics.resetsSent += 1 }
    return TCPOutput(
      segment, connection.flow, segment.payloadCount > 0 ? connection.sender.buffer : nil,
      from: offset, segmentSize: segmentSize, trafficClass: connection.trafficClass,
      offloadsChecksum: shared.offloadsChecksum(to: connection.flow.remote.address))
  }
}
