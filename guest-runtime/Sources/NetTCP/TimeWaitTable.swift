// SPDX-License-Identifier: Apache-2.0

import NetWire
import XenFrontends

/// What is left of connections of which this side said the last word, in case the peer did not hear it.
struct TimeWaitTable {
  /// One of them.
  struct Record {
    /// Name of the RFC: `SND.NXT`.
    let sent: SequenceNumber
    /// Name of the RFC: `RCV.NXT`.
    private let received: SequenceNumber
    private let window: UInt16
    private let clock: PeerClock
    fileprivate var end: UInt64 = 0
    fileprivate var challenges: RateLimit

    init(_ connection: TCPConnection) {
      sent = connection.sender.highest
      received = connection.receiver.next
      window = UInt16(clamping: connection.receiver.window >> Int(connection.receiver.shift))
      clock = connection.clock
      challenges = RateLimit(perSecond: connection.shared.limits.challengesPerSecond)
    }

    /// Whether a SYN begins a new connection in the place of the old one: it is behind all of that. Source: RFC 6191,
    /// section 2.
    func isReopened(by segment: TCPSegment, _ now: SystemTime) -> Bool {
      guard segment.flags.intersection([.syn, .ack, .rst, .fin]) == .syn else { return false }
      if clock.isUsed, let timestamp = segment.options.timestamp, timestamp.value != clock.recent {
        return !clock.isOld(timestamp, now)
      }
      return segment.sequence > received
    }

    /// What the peer should know.
    func acknowledgment(_ flow: TCPFlow, _ now: SystemTime) -> TCPSegment {
      var segment = TCPSegment(
        from: flow.local.port, to: flow.remote.port, .ack, sequence: sent)
      segment.acknowledgment = received
      segment.window = window
      if clock.isUsed { segment.options.timestamp = clock.timestamp(now) }
      return segment
    }
  }

  private(set) var table: FlowTable<Record>
  /// The one that ends first, first.
  private var order = SlotList()
  private let limit: Int
  private let milliseconds: UInt64

  init(_ limits: TCPLimits, secret: (UInt64, UInt64)) {
    table = FlowTable(capacity: limits.timeWait, secret: secret)
    limit = limits.timeWait
    milliseconds = limits.timeWaitMilliseconds
  }

  var count: Int { table.count }

  mutating func insert(_ flow: TCPFlow, _ record: Record, _ now: SystemTime) {
    guard limit > 0 else { return }
    if let old = table.slot(of: flow) { remove(old) }
    if table.count >= limit, let oldest = order.popFirst() { table.remove(oldest) }
    let slot = table.insert(flow, record)
    restart(slot, now)
  }

  /// Lets the time begin anew.
  mutating func restart(_ slot: Int, _ now: SystemTime) {
    table[slot].end = now.advanced(byMilliseconds: milliseconds).rawValue
    order.remove(slot)
    order.append(slot)
  }

  mutating func remove(_ slot: Int) {
    order.remove(slot)
    table.remove(slot)
  }

  /// Forgets those whose time is over.
  mutating func expire(_ now: SystemTime) {
    while let slot = order.firstSlot, table[slot].end <= now.rawValue { remove(slot) }
  }

  /// What answers a segment; nil if nothing does. A RST is not believed: an old one would let the next connection
  /// take bytes of this one (RFC 1337).
  mutating func answer(_ segment: TCPSegment, _ slot: Int, _ now: SystemTime) -> TCPSegment? {
    guard !segment.flags.contains(.rst), table[slot].challenges.allow(at: now.rawValue),
      let flow = table.flow(slot)
    else { return nil }
    if segment.flags.contains(.fin) { restart(slot, now) }
    return table[slot].acknowledgment(flow, now)
  }
}
