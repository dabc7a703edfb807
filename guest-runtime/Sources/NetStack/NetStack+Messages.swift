// SPDX-License-Identifier: Apache-2.0

public import NetWire
public import XenFrontends

/// What the stack does with each kind of packet: addresses, ARP, ICMP, UDP.
extension NetStack {
  // MARK: The address

  /// Takes an address that is given, and tells the link.
  public func configure(_ configuration: IPv4Configuration, now: SystemTime) {
    dhcp = nil
    refused = nil
    if let dhcpPort { ports.close(dhcpPort) }
    take(configuration, now)
  }

  /// Begins to ask for an address.
  public func startDHCP(now: SystemTime) {
    guard dhcp == nil, let port = try? openPort(DHCPClient.clientPort) else { return }
    dhcp = DHCPClient(link.address, transaction: numbers.next(below: .max), now: now)
    dhcpPort = port
  }

  private func take(_ configuration: IPv4Configuration?, _ now: SystemTime) {
    let old = self.configuration?.prefix.address
    let isNew = old != configuration?.prefix.address
    sender.configuration = configuration
    if isNew, let old { tellTransports(ofLost: .v4(old)) }
    tellTransports()
    guard isNew else { return }
    claim = configuration.map { _ in AddressClaim(now) }
    guard configuration != nil else { return }
    rival = nil
    advanceAddress(now)
  }

  /// Asks for others that have a new address, and tries one again that somebody else had.
  func advanceAddress(_ now: SystemTime) {
    if let refused, now >= refused.again { configure(refused.configuration, now: now) }
    if let address = configuration?.prefix.address, claim?.isDue(now) == true {
      sender.announce(address, asksFirst: true)
    }
  }

  /// Hears that another station has the address. If it was there before, the address is given up; else it is
  /// defended, as RFC 5227 has it in section 2.4.
  private func hearOfRival(_ station: EthernetAddress, of address: IPv4Address, _ now: SystemTime) {
    rival = station
    if let claim, now < claim.end {
      if dhcp == nil { refused = configuration.map { ($0, now.advanced(byMilliseconds: 60_000)) } }
      take(nil, now)
      if let message = dhcp?.decline(now: now) { send(message, now) }
    } else if defended.map({ now >= $0.advanced(byMilliseconds: 10_000) }) ?? true {
      defended = now
      sender.announce(address, asksFirst: false)
    }
  }

  func advanceDHCP(_ now: SystemTime) {
    guard dhcp != nil else { return }
    while let datagram = dhcpPort?.take() {
      // SAFETY: bytes have no padding.
      guard let reply = unsafe DHCPReply(datagram.bytes.span.bytes) else {
        counts.malformed += 1
        continue
      }
      apply(dhcp?.receive(reply, now: now), now)
    }
    guard let (message, change) = dhcp?.advance(now: now, &numbers) else { return }
    apply(change, now)
    if let message { send(message, now) }
  }

  private func apply(_ change: DHCPClient.Change?, _ now: SystemTime) {
    switch change {
    case .configured(let configuration)?: take(configuration, now)
    case .lost?: take(nil, now)
    case nil: break
    }
  }

  private func send(_ message: DHCPClient.Message, _ now: SystemTime) {
    let bytes = message.request.bytes
    if message.destination != .broadcast, let dhcpPort {
      let server = NetEndpoint(.v4(message.destination), port: DHCPClient.serverPort)
      try? send(bytes, from: dhcpPort, to: server, now: now)
    } else {
      sender.broadcast(
        bytes, from: message.request.current, (DHCPClient.clientPort, DHCPClient.serverPort))
    }
  }

  // MARK: ARP

  func receiveARP(_ bytes: RawSpan, _ now: SystemTime) {
    guard let packet = ARPPacket(bytes), !packet.sender.isMulticast else {
      return counts.malformed += 1
    }
    guard packet.sender != link.address else { return }
    let own = configuration?.prefix.address
    if let own, packet.senderAddress == own { return hearOfRival(packet.sender, of: own, now) }
    let isForUs = packet.targetAddress == own && packet.operation == .request
    if packet.senderAddress.isUsable {
      sender.hear(packet.sender, has: packet.senderAddress, mayAdd: isForUs, now: now)
    }
    guard isForUs, let own else { return }
    sender.send(
      ARPPacket(.reply, from: link.address, own, to: packet.sender, packet.senderAddress),
      to: packet.sender)
  }

  // MARK: ICMP

  func receiveICMP(
    _ header: IPv4Header, _ payload: RawSpan, _ isBroadcast: Bool, _ now: SystemTime
  ) {
    guard let message = ICMPMessage(payload) else { return counts.malformed += 1 }
    switch message {
    case .echoRequest(let identifier, let sequence, let data):
      // A ping to all is not answered: RFC 1122, section 3.2.2.6, allows it.
      guard !isBroadcast else { return counts.foreign += 1 }
      let reply = ICMPMessage.echo(
        isReply: true, identifier: identifier, sequence: sequence, data)
      try? sender.send(reply, .icmp, to: header.source, now: now)
    case .echoReply: counts.foreign += 1
    case .undelivered(let packet):
      guard let own = configuration?.prefix.address, packet.source == .v4(own) else {
        return counts.foreign += 1
      }
      hear(of: packet, now: now)
    }
  }

  /// Tells a sender that nobody here wants its packet.
  func complain(
    _ code: UInt8, _ header: IPv4Header, _ payload: RawSpan, _ isBroadcast: Bool, _ now: SystemTime
  ) {
    guard !isBroadcast, configuration != nil, complaints.allow(at: now.rawValue) else { return }
    try? sender.send(
      ICMPMessage.unreachable(code: code, header, payload), .icmp, to: header.source, now: now)
  }

  // MARK: UDP

  /// Opens a port of UDP.
  ///
  /// - Parameter number: which one; 0 for one that is free, and nobody guesses.
  /// - Returns: the port.
  /// - Throws: `DatagramError.portInUse` or `.tooManyPorts`.
  public func openPort(_ number: UInt16 = 0) throws(DatagramError) -> DatagramPort {
    try ports.open(number, &numbers)
  }

  /// Closes a port. What came for it is dropped.
  public func close(_ port: DatagramPort) { ports.close(port) }

  /// Whether a datagram of so many bytes would be sent now: not too much waits.
  public func hasRoom(for count: Int) -> Bool {
    let count = UDPHeader.size + count
    return sender.hasRoom(for: count) && layer?.hasRoom(for: count) ?? true
  }

  /// Whether something waits to be taken by `nextFrame`, beside what transports have.
  public var hasWaitingFrames: Bool { !sender.isEmpty || layer?.hasWaitingFrames == true }

  /// Sends a datagram.
  ///
  /// - Throws: `DatagramError` if it cannot be. None tells whether it arrives.
  public func send(
    _ bytes: [UInt8], from port: DatagramPort, to receiver: NetEndpoint, now: SystemTime
  ) throws(DatagramError) {
    guard port.isOpen else { throw .closed }
    guard bytes.count <= Self.datagramLimit else { throw .tooLarge(bytes.count) }
    if case .v6 = receiver.address, let layer {
      return try layer.send(bytes, from: port.number, to: receiver, now: now)
    }
    guard let source = configuration?.prefix.address else { throw .noAddress }
    guard case .v4(let destination) = receiver.address else { throw .noRoute(receiver.address) }
    let isBlank =
      link.completesChecksums && UDPHeader.size + bytes.count <= mtu - IPv4Header.size
    var packet = PacketWriter(capacity: UDPHeader.size + bytes.count)
    UDPHeader(from: port.number, to: receiver.port, payloadCount: bytes.count).append(
      to: &packet, bytes, from: .v4(source), to: receiver.address, isCompletedLater: isBlank)
    try sender.send(packet.bytes, .udp, to: destination, now: now, isChecksumBlank: isBlank)
  }
}

/// What was dropped, and why.
public struct NetCounters: Equatable, Sendable {
  /// Cut, with lengths that lie, or with a wrong checksum.
  public var malformed = 0
  /// Not for this host, or for something that it does not have.
  public var foreign = 0
  /// Datagrams in parts that never became whole.
  public var incomplete = 0
  /// What could not be sent: too much at a time, or no way to its receiver.
  public var sendDrops = 0

  public init() {}
}

/// How often a new address is asked for, and until when another station that has it is in the right.
///
/// A backend may not be in its bridge yet when the first question is sent. Source: RFC 5227, section 1.1; the address is
/// used from the start, though.
struct AddressClaim {
  private var moments: [SystemTime]
  let end: SystemTime

  init(_ now: SystemTime) {
    moments = [2000, 1000, 300, 0].map { now.advanced(byMilliseconds: $0) }
    end = now.advanced(byMilliseconds: 4000)
  }

  /// When to ask next.
  var next: SystemTime? { moments.last }

  /// Whether it is time to ask; then the next time is another.
  mutating func isDue(_ now: SystemTime) -> Bool {
    guard let next, now >= next else { return false }
    moments.removeLast()
    return true
  }
}
