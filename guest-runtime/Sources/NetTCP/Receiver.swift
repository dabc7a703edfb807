// SPDX-License-Identifier: Apache-2.0

import NetWire

/// The receiving half of a connection: what has arrived, and how much more may.
struct Receiver {
  /// C name of the RFC: `RCV.NXT`.
  var next = SequenceNumber(0)
  /// The end of the window as the peer knows it; it never goes back.
  var edge = SequenceNumber(0)
  /// What the peer was last told that arrived. Name of the RFC: `Last.ACK.sent`.
  private(set) var acknowledged = SequenceNumber(0)
  /// By how many bits windows are shifted that this side says.
  var shift: UInt8 = 0
  let buffer: ByteRing
  var pieces = Reassembly()
  /// Where the peer's stream ends, if that is known.
  private(set) var fin: SequenceNumber?
  /// Whether that is reached.
  private(set) var isAtEnd = false
  /// Whether an acknowledgment is to be sent at once.
  var isAcknowledgmentDue = false
  /// Behind the last urgent byte, if it was not read yet.
  private(set) var urgentEnd: SequenceNumber?
  /// Whether nobody reads any more.
  private(set) var isDiscarding = false
  /// Whether the peer had used up half of the window before it heard of more.
  private var isPressed = false
  /// The number of the first byte of the buffer.
  var firstUnread: SequenceNumber { next - buffer.count - (isAtEnd ? 1 : 0) }

  init(_ buffer: ByteRing) { self.buffer = buffer }

  /// Begins after the peer's SYN.
  ///
  /// - Parameters:
  ///   - initial: its number.
  ///   - window: what this side's SYN said, if it has sent one.
  mutating func begin(_ initial: SequenceNumber, window: Int) {
    next = initial + 1
    acknowledged = next
    edge = next + window
  }

  /// How many bytes the peer may send.
  var window: Int { max(0, edge - next) }

  /// Whether a segment has something in the window. Source: RFC 9293, section 3.10.7.4, the table.
  func accepts(_ segment: TCPSegment) -> Bool {
    let start = segment.sequence
    // Up to the end of the window: there is where a sender is that used it up.
    if segment.length == 0 { return start >= next && start <= edge }
    return window > 0 && start < edge && segment.end > next
  }

  /// Takes what is new of a segment's payload and its FIN.
  ///
  /// - Parameters:
  ///   - segment: its header.
  ///   - payload: all of it.
  ///   - limit: how many pieces there may be.
  /// - Returns: by how much the stream grew, and whether bytes were left out for want of room.
  mutating func take(
    _ segment: TCPSegment, _ payload: RawSpan, limit: Int
  ) -> (grown: Int, isCut: Bool) {
    var first = segment.sequence + (segment.flags.contains(.syn) ? 1 : 0)
    var last = SequenceNumber.earlier(first + payload.byteCount, edge)
    if let fin { last = .earlier(last, fin) }
    var offset = 0
    if first < next {
      offset = next - first
      first = next
    }
    let old = next
    var isCut = false
    if last > first {
      let range = SequenceRange(first, last)
      guard first == next || pieces.hasRoom(for: range, limit: limit) else { return (0, true) }
      var taken = range.count
      if !isDiscarding {
        taken = buffer.place(
          payload.extracting(offset..<(offset + range.count)), at: buffer.count + (first - next))
      }
      isCut = taken < range.count
      if first > next {
        if taken > 0 { pieces.insert(SequenceRange(first, first + taken)) }
      } else {
        next = pieces.advance(to: next + taken)
        if !isDiscarding { buffer.extend(by: next - old) }
        if window < buffer.limit / 2 { isPressed = true }
      }
    }
    if segment.flags.contains(.fin), !isCut, segment.end <= edge, fin == nil {
      fin = segment.end - 1
    }
    let grown = next - old
    if let fin, next == fin, !isAtEnd {
      next = fin + 1
      edge = .later(edge, next)
      isAtEnd = true
      pieces.clear()
      if buffer.count == 0 { buffer.clear() }
    }
    return (grown, isCut)
  }

  /// Takes note of an urgent pointer. Source: RFC 9293, section 3.8.5.
  mutating func noteUrgent(_ end: SequenceNumber) {
    if let urgentEnd, urgentEnd >= end { return }
    if end > firstUnread { urgentEnd = end }
  }

  /// Nobody reads any more.
  mutating func discard() {
    isDiscarding = true
    urgentEnd = nil
    pieces.clear()
    buffer.clear()
  }

  /// Bytes were read. If the application keeps up with a peer that the window slows down, the window grows.
  mutating func noteRead() {
    if let end = urgentEnd, end <= firstUnread { urgentEnd = nil }
    guard buffer.count == 0 else { return }
    if isAtEnd { return buffer.clear() }
    if isPressed {
      isPressed = false
      buffer.widen()
    }
    buffer.shrinkIfUnused(pieces.isEmpty)
  }

  /// The end of the window that could be said now. Small steps are not taken. Source: RFC 9293, section 3.8.6.2.2.
  private func offer(_ maximumSegment: Int) -> SequenceNumber {
    let most = min(isDiscarding ? buffer.limit : buffer.room, 65535 << Int(shift))
    let wanted = next + ((most >> Int(shift)) << Int(shift))
    let step = min(maximumSegment, buffer.limit / 2)
    return wanted - edge >= step ? wanted : edge
  }

  /// Whether the peer should hear of a larger window although nothing arrived.
  func shouldTellWindow(_ maximumSegment: Int) -> Bool {
    let more = offer(maximumSegment) - edge
    return !isAtEnd && more > 0 && (window < maximumSegment || more >= buffer.limit / 2)
  }

  /// What a segment that is sent now says of the window.
  mutating func announce(_ maximumSegment: Int, isSyn: Bool) -> UInt16 {
    edge = .later(edge, offer(maximumSegment))
    acknowledged = next
    isAcknowledgmentDue = false
    if isSyn {
      // Not shifted: RFC 7323, section 2.2.
      let said = UInt16(clamping: window)
      edge = next + Int(said)
      return said
    }
    // What is lost in the shift is taken all the same, for the peer may know of it. More must not be said: Linux sends
    // it, and then its acknowledgments have numbers behind the window, too.
    return UInt16(clamping: window >> Int(shift))
  }

  /// Bytes that arrived since the last acknowledgment.
  var unacknowledged: Int { next - acknowledged }
}
