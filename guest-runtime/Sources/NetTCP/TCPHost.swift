// SPDX-License-Identifier: Apache-2.0

public import NetWire
public import XenFrontends

/// All connections of a host, without I/O: it is given segments and the time, and says what to send. Sources: RFC 9293,
/// and docs/tcp-requirements.md for the rest.
///
/// Every table has a bound in `TCPLimits`. A segment for a connection costs the same however many others there are.
public final class TCPHost {
  let shared: TCPShared
  var connections: FlowTable<TCPConnection>
  var timeWait: TimeWaitTable
  var listeners: [TCPListener] = []
  var cookies: SynCookies
  var resets: RateLimit
  /// Answers of no connection.
  private var replies: [(segment: TCPSegment, flow: TCPFlow)] = []

  /// - Parameters:
  ///   - secret: random, for what nobody may foresee: sequence numbers, ports, places in tables.
  ///   - limits: how much is kept.
  ///   - mtu: of the link, in bytes with the header of IP.
  public init(secret: (UInt64, UInt64), limits: TCPLimits = TCPLimits(), mtu: Int = 1500) {
    shared = TCPShared(secret: secret, limits: limits, mtu: mtu)
    connections = FlowTable(capacity: limits.connections, secret: secret)
    timeWait = TimeWaitTable(limits, secret: secret)
    cookies = SynCookies(secret: (secret.1, secret.0))
    resets = RateLimit(perSecond: limits.resetsPerSecond)
  }

  public var statistics: TCPStatistics { shared.statistics }

  /// The largest packet of the link, in bytes with the header of IP.
  public var mtu: Int {
    get { shared.mtu }
    set {
      guard newValue != shared.mtu else { return }
      shared.mtu = newValue
      for slot in connections.slots where connections.isUsed(slot) {
        HandshakeArrival.sizeSegments(of: connections[slot], isStart: false)
      }
    }
  }

  /// Whether somebody behind completes checksums. Then they are only begun.
  public var offloadsChecksum: Bool {
    get { shared.offloadsChecksum }
    set { shared.offloadsChecksum = newValue }
  }

  /// Whether somebody behind cuts large segments, which wants `offloadsChecksum`, too.
  public var segmentsAtOnce: Bool {
    get { shared.segmentsAtOnce }
    set { shared.segmentsAtOnce = newValue }
  }

  /// Both for segments to peers with IPv6.
  public func offloadIPv6(checksum: Bool, segmentsAtOnce: Bool) {
    shared.offloadsIPv6Checksum = checksum
    shared.segmentsIPv6AtOnce = checksum && segmentsAtOnce
  }

  /// Connections that are not in TIME-WAIT.
  public var connectionCount: Int { connections.count }
  /// Connections in TIME-WAIT.
  public var timeWaitCount: Int { timeWait.count }
  /// Bytes that the buffers of all connections take.
  public var bufferBytes: Int { shared.budget.used }

  /// A peer that does not answer although it was asked three times: the way to it may be another by now. Each is told
  /// once; nil if there is none. Source: RFC 9293, section 3.8.3: advice for IP.
  public func nextSilentPeer() -> IPAddress? { shared.silentPeers.popLast() }

  /// Opens a port.
  ///
  /// - Parameters:
  ///   - port: from 1 on.
  ///   - backlog: how many connections wait to be accepted.
  /// - Returns: where they wait.
  /// - Throws: `portInUse`, `tooManyListeners`, or `unusableAddress` for port 0.
  public func listen(on port: UInt16, backlog: Int) throws(TCPError) -> TCPListener {
    listeners.removeAll { $0.isClosed }
    guard port != 0 else { throw .unusableAddress }
    guard listener(port) == nil else { throw .portInUse }
    guard listeners.count < shared.limits.listeners else { throw .tooManyListeners }
    let listener = TCPListener(port: port, backlog: backlog)
    listeners.append(listener)
    return listener
  }

  func listener(_ port: UInt16) -> TCPListener? {
    for listener in listeners where listener.port == port && !listener.isClosed { return listener }
    return nil
  }

  /// Begins a connection. It is `established` later, or `closed` with a `failure`; what is written before that is sent
  /// then.
  public func connect(
    to remote: NetEndpoint, from address: IPAddress, now: SystemTime
  ) throws(TCPError) -> TCPConnection {
    guard remote.port != 0, remote.address.canBePeer else { throw .unusableAddress }
    guard connections.count < shared.limits.connections else { throw .tooManyConnections }
    guard let flow = freeFlow(remote, address) else { throw .noFreePort }
    let connection = TCPConnection(
      flow, shared, .synSent, initial: shared.initialNumber(flow, now), isPassive: false)
    add(connection)
    return connection
  }

  /// A flow from a port of which nobody outside knows which it is. Source: RFC 6056, section 3.3.1.
  private func freeFlow(_ remote: NetEndpoint, _ address: IPAddress) -> TCPFlow? {
    let first: UInt32 = 32768
    let count: UInt32 = 28232
    let start = shared.numbers.next(below: count)
    for step in 0..<count {
      let port = UInt16(first + (start + step) % count)
      let flow = TCPFlow(local: NetEndpoint(address, port: port), remote: remote)
      if listener(port) == nil, connections.slot(of: flow) == nil,
        timeWait.table.slot(of: flow) == nil
      {
        return flow
      }
    }
    return nil
  }

  func add(_ connection: TCPConnection) {
    let slot = connections.insert(connection.flow, connection)
    connection.slot = slot
    shared.ready.append(slot)
  }

  /// When to call `nextSegment` although nothing was received; nil if never.
  public var deadline: SystemTime? {
    // What was put off since is sorted in anew.
    while let (moment, slot) = shared.deadlines.first {
      let actual = TimedWork.deadline(connections[slot])
      if actual <= moment { return SystemTime(rawValue: moment) }
      shared.deadlines.remove(slot)
      shared.deadlines.require(actual, slot)
    }
    return nil
  }

  /// Whether `nextSegment` may have something at once.
  public var hasSegments: Bool { !replies.isEmpty || !shared.ready.isEmpty }

  /// The next segment to send; nil if there is none now.
  public func nextSegment(now: SystemTime) -> TCPOutput? {
    while let slot = shared.deadlines.popDue(now.rawValue) {
      TimedWork(connections[slot], now).run()
      shared.ready.append(slot)
    }
    timeWait.expire(now)
    if !replies.isEmpty {
      let (segment, flow) = replies.removeFirst()
      shared.statistics.segmentsSent += 1
      return TCPOutput(
        segment, flow, offloadsChecksum: shared.offloadsChecksum(to: flow.remote.address))
    }
    while let slot = shared.ready.popFirst() {
      let connection = connections[slot]
      TimedWork(connection, now).prepare()
      let output = SegmentComposer(connection, now).next()
      // It may have more, and the others come first.
      if output != nil { shared.ready.append(slot) }
      settle(connection, now)
      if let output { return output }
    }
    return nil
  }

  /// Sees to what follows from a connection's new state.
  func settle(_ connection: TCPConnection, _ now: SystemTime) {
    guard let slot = connection.slot else { return }
    if connection.state == .timeWait {
      remember(connection, now)
      remove(connection, slot)
    } else if connection.state == .closed, !connection.mustReset, connection.refusal == nil {
      remove(connection, slot)
    } else {
      shared.deadlines.require(TimedWork.deadline(connection), slot)
    }
  }

  private func remember(_ connection: TCPConnection, _ now: SystemTime) {
    let record = TimeWaitTable.Record(connection)
    timeWait.insert(connection.flow, record, now)
    if connection.receiver.isAcknowledgmentDue {
      reply(record.acknowledgment(connection.flow, now), connection.flow)
    }
  }

  private func remove(_ connection: TCPConnection, _ slot: Int) {
    TCPListener.leave(connection)
    connection.slot = nil
    shared.ready.remove(slot)
    shared.deadlines.remove(slot)
    connections.remove(slot)
  }

  /// Ends all listeners and connections, whose peers hear nothing: there is no link to them any more.
  public func close() {
    for listener in listeners { listener.close() }
    listeners = []
    replies = []
    endConnections(.aborted) { _ in true }
  }

  /// Ends the connections of an address that this host has no more; their peers hear nothing.
  public func lose(_ address: IPAddress) {
    replies.removeAll { $0.flow.local.address == address }
    endConnections(.addressLost) { $0.local.address == address }
  }

  private func endConnections(_ failure: TCPError, where isMeant: (TCPConnection) -> Bool) {
    for slot in connections.slots where connections.isUsed(slot) && isMeant(connections[slot]) {
      let connection = connections[slot]
      connection.mustReset = false
      connection.refusal = nil
      connection.end(failure)
      remove(connection, slot)
    }
  }

  /// Sends a segment of no connection, unless too many wait.
  func reply(_ segment: TCPSegment, _ flow: TCPFlow) {
    guard replies.count < shared.limits.replies else {
      shared.statistics.dropped += 1
      return
    }
    replies.append((segment, flow))
  }
}

extension IPAddress {
  /// Whether a single host may have it.
  var canBePeer: Bool {
    switch self {
    case .v4(let address): address.isUsable
    case .v6(let address): address.isUsable
    }
  }
}
