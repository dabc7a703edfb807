// SPDX-License-Identifier: Apache-2.0

public import NetWire
public import XenFrontends

/// What is received, and for whom it is: RFC 9293, sections 3.10.7.1 and 3.10.7.2.
extension TCPHost {
  /// Takes a segment, which may be longer than the link's packets: up to 64 KiB.
  ///
  /// - Parameters:
  ///   - bytes: from the TCP header on.
  ///   - source: whose it is.
  ///   - destination: an address of this host.
  ///   - isVerified: whether the checksum need not be checked.
  ///   - now: the time.
  public func receive(
    _ bytes: RawSpan, from source: IPAddress, to destination: IPAddress, isVerified: Bool,
    now: SystemTime
  ) {
    shared.statistics.segmentsReceived += 1
    guard let segment = TCPSegment(bytes), segment.sourcePort != 0, segment.destinationPort != 0,
      source.canBePeer, destination.canBePeer, source != destination,
      isVerified || isIntact(bytes, source, destination)
    else {
      shared.statistics.malformed += 1
      return
    }
    let flow = TCPFlow(
      local: NetEndpoint(destination, port: segment.destinationPort),
      remote: NetEndpoint(source, port: segment.sourcePort))
    if let slot = connections.slot(of: flow) {
      return arrive(at: connections[slot], slot, segment, bytes, now)
    }
    timeWait.expire(now)
    var least: SequenceNumber?
    if let slot = timeWait.table.slot(of: flow) {
      guard timeWait.table[slot].isReopened(by: segment, now) else {
        if let answer = timeWait.answer(segment, slot, now) { reply(answer, flow) }
        return
      }
      // Beyond all that the old connection sent.
      least = timeWait.table[slot].sent + 65537
      timeWait.remove(slot)
    }
    if let listener = listener(segment.destinationPort) {
      listen(listener, segment, bytes, flow, least, now)
    } else {
      refuse(segment, flow, now)
    }
  }

  private func isIntact(_ bytes: RawSpan, _ source: IPAddress, _ destination: IPAddress) -> Bool {
    var checksum = InternetChecksum(
      from: source, to: destination, protocolNumber: ProtocolNumber.tcp.rawValue,
      count: bytes.byteCount)
    checksum.add(bytes)
    return checksum.value == 0
  }

  private func arrive(
    at connection: TCPConnection, _ slot: Int, _ segment: TCPSegment, _ bytes: RawSpan,
    _ now: SystemTime
  ) {
    connection.arrive(segment, bytes.extracting(segment.headerCount..<bytes.byteCount), now)
    shared.ready.append(slot)
    TimedWork(connection, now).prepare()
    settle(connection, now)
  }

  /// Takes what ICMP says of a packet of TCP that this host sent.
  public func receive(_ packet: UndeliveredPacket, now: SystemTime) {
    guard packet.protocolNumber == .tcp else { return }
    let (ports, sequence) = packet.beginning
    let flow = TCPFlow(
      local: NetEndpoint(packet.source, port: UInt16(ports >> 16)),
      remote: NetEndpoint(packet.destination, port: UInt16(truncatingIfNeeded: ports)))
    guard let slot = connections.slot(of: flow) else { return }
    let connection = connections[slot]
    connection.arrive(packet, SequenceNumber(sequence))
    shared.ready.append(slot)
    settle(connection, now)
  }

  /// Hears that nobody on the link has an address: what was begun to it ends.
  public func hearOfSilence(from address: IPAddress, now: SystemTime) {
    for slot in connections.slots where connections.isUsed(slot) {
      let connection = connections[slot]
      guard connection.remote.address == address else { continue }
      if connection.state == .synSent {
        connection.end(.unreachable)
        settle(connection, now)
      } else {
        connection.isSaidUnreachable = true
      }
    }
  }

  /// Resets whoever believes in a connection that is none. Source: RFC 9293, section 3.10.7.1.
  private func refuse(_ segment: TCPSegment, _ flow: TCPFlow, _ now: SystemTime) {
    guard !segment.flags.contains(.rst), resets.allow(at: now.rawValue) else { return }
    var answer = TCPSegment(
      from: flow.local.port, to: flow.remote.port, .rst, sequence: segment.acknowledgment)
    if !segment.flags.contains(.ack) {
      answer.flags.insert(.ack)
      answer.sequence = SequenceNumber(0)
      answer.acknowledgment = segment.end
    }
    shared.statistics.resetsSent += 1
    reply(answer, flow)
  }

  private func listen(
    _ listener: TCPListener, _ segment: TCPSegment, _ bytes: RawSpan, _ flow: TCPFlow,
    _ least: SequenceNumber?, _ now: SystemTime
  ) {
    if segment.flags.contains(.rst) { return }
    if segment.flags.contains(.ack) {
      guard !segment.flags.contains(.syn), let options = cookies.check(flow, segment, now) else {
        // It may have overtaken the first segment after a cookie, which opens the connection.
        return cookies.areOut(now) ? drop() : refuse(segment, flow, now)
      }
      return accept(listener, segment, bytes, flow, options, now)
    }
    guard segment.flags.contains(.syn), !segment.flags.contains(.fin) else { return }
    guard listener.hasRoom, connections.count < shared.limits.connections else {
      return drop()
    }
    guard shared.halfOpen < shared.limits.halfOpen, listener.hasHalfOpenRoom else {
      return answerWithCookie(segment, flow, now)
    }
    let number =
      cookies.areOut(now)
      ? cookies.number(flow, segment, now) : shared.initialNumber(flow, now)
    let connection = TCPConnection(
      flow, shared, .synReceived, initial: least.map { .later($0, number) } ?? number,
      isPassive: true)
    listener.begin(connection)
    HandshakeArrival(connection, segment, now).takeSyn()
    connection.lifetime.set(now, afterMilliseconds: shared.limits.halfOpenMilliseconds)
    add(connection)
    settle(connection, now)
  }

  private func drop() { shared.statistics.dropped += 1 }

  private func answerWithCookie(_ segment: TCPSegment, _ flow: TCPFlow, _ now: SystemTime) {
    var answer = TCPSegment(
      from: flow.local.port, to: flow.remote.port, [.syn, .ack],
      sequence: cookies.make(flow, segment, now))
    answer.acknowledgment = segment.sequence + 1
    answer.window = UInt16(clamping: shared.limits.receiveBuffer)
    answer.options.maximumSegment = UInt16(clamping: shared.maximumSegment(flow.remote.address))
    if let timestamp = segment.options.timestamp {
      var clock = PeerClock(offset: shared.timestampOffset(flow))
      clock.take(timestamp, now)
      answer.options.timestamp = SynCookies.timestamp(clock.timestamp(now), segment.options)
      answer.options.permitsSACK = segment.options.permitsSACK
      if segment.options.windowShift != nil { answer.options.windowShift = shared.windowShift }
    }
    shared.statistics.cookiesSent += 1
    reply(answer, flow)
  }

  /// Opens a connection of which nothing was kept.
  private func accept(
    _ listener: TCPListener, _ segment: TCPSegment, _ bytes: RawSpan, _ flow: TCPFlow,
    _ options: TCPOptions, _ now: SystemTime
  ) {
    guard listener.hasRoom, connections.count < shared.limits.connections else {
      return drop()
    }
    let connection = TCPConnection(
      flow, shared, .synReceived, initial: segment.acknowledgment - 1, isPassive: true)
    connection.receiver.begin(segment.sequence - 1, window: 0)
    HandshakeArrival.take(options, connection)
    if let timestamp = options.timestamp { connection.clock.take(timestamp, now) }
    connection.sender.countSynAsSent()
    _ = connection.receiver.announce(connection.segmentForWindow, isSyn: true)
    listener.begin(connection)
    shared.statistics.cookiesAccepted += 1
    add(connection)
    guard let slot = connection.slot else { return }
    arrive(at: connection, slot, segment, bytes, now)
  }
}
