// SPDX-License-Identifier: Apache-2.0

public import NetWire
public import XenFrontends

/// What is above and beside IPv4: transports, another layer, and the questions for names.
extension NetStack {
  /// Adds a transport.
  public func add(_ transport: NetTransport) {
    transports.append(transport)
    follow(transport)
  }

  /// The transport with a number, if there is one.
  public func transport(_ number: ProtocolNumber) -> NetTransport? {
    transports.first { $0.protocolNumber == number }
  }

  /// Adds the network protocol beside IPv4, of which there is one.
  public func add(_ layer: NetLayer, now: SystemTime) {
    self.layer = layer
    layer.follow(link, in: self, now: now)
    tellTransports()
  }

  /// The address of ours for packets to a host; nil if there is none.
  public func source(for peer: IPAddress, now: SystemTime) -> IPAddress? {
    switch peer {
    case .v4: configuration.map { .v4($0.prefix.address) }
    case .v6: layer?.source(for: peer, now: now)
    }
  }

  // MARK: What transports hear

  package func tellTransports() {
    for transport in transports { follow(transport) }
  }

  /// A transport makes packets that fit both layers.
  private func follow(_ transport: NetTransport) {
    transport.follow(mtu: min(mtu, layer?.mtu ?? mtu), link)
  }

  package func tellTransports(ofLost address: IPAddress) {
    for transport in transports { transport.lose(address) }
  }

  package func tellTransports(ofSilence address: IPAddress, now: SystemTime) {
    for transport in transports { transport.hearOfSilence(from: address, now: now) }
  }

  /// Tells who sent it that a packet was not delivered.
  package func hear(of packet: UndeliveredPacket, now: SystemTime) {
    guard packet.protocolNumber == .udp else {
      transport(packet.protocolNumber)?.hear(of: packet, now: now)
      return
    }
    let (here, there) = (packet.beginning.0 >> 16, packet.beginning.0 & 0xFFFF)
    guard case .unreachable(let code) = packet.reason, let port = ports.port(UInt16(here)) else {
      return
    }
    // What is too big is sent in parts the next time.
    if code == 4, case .v6 = packet.source { return }
    port.refuse(NetEndpoint(packet.destination, port: UInt16(there)))
  }

  // MARK: What came

  /// What became of a packet.
  package enum Fate {
    /// Somebody has it, or it was wrong; nothing is to be said of it.
    case settled
    /// Nobody here has its protocol.
    case noProtocol
    case noPort
  }

  /// Gives what a packet carries to a port of UDP, or to a transport.
  ///
  /// - Parameters:
  ///   - payload: what follows the headers of IP.
  ///   - number: what it is.
  ///   - source: whose it is.
  ///   - destination: one of our addresses, or a group.
  ///   - isVerified: whether the link vouches for its checksum.
  ///   - isToMany: whether others have it, too.
  ///   - now: the time.
  /// - Returns: whether there is something to say to its sender.
  package func deliver(
    _ payload: RawSpan, _ number: ProtocolNumber, from source: IPAddress,
    to destination: IPAddress, isVerified: Bool, isToMany: Bool, now: SystemTime
  ) -> Fate {
    if number == .udp { return deliverUDP(payload, source, destination, isVerified) }
    guard let transport = transport(number) else {
      counts.foreign += 1
      return .noProtocol
    }
    if isToMany {
      counts.foreign += 1
    } else {
      transport.receive(payload, from: source, to: destination, isVerified: isVerified, now: now)
    }
    return .settled
  }

  private func deliverUDP(
    _ payload: RawSpan, _ source: IPAddress, _ destination: IPAddress, _ isVerified: Bool
  ) -> Fate {
    guard let datagram = UDPHeader(payload),
      isVerified || UDPHeader.isIntact(payload, from: source, to: destination)
    else {
      counts.malformed += 1
      return .settled
    }
    guard let port = ports.port(datagram.destination), mayHear(port, source) else {
      counts.foreign += 1
      return .noPort
    }
    let bytes = payload.array(UDPHeader.size..<(UDPHeader.size + datagram.payloadCount))
    port.add(Datagram(bytes, from: NetEndpoint(source, port: datagram.source)))
    return .settled
  }

  /// Before there is an address, only DHCP gets something.
  private func mayHear(_ port: DatagramPort, _ source: IPAddress) -> Bool {
    if case .v4 = source { return configuration != nil || port === dhcpPort }
    return port !== dhcpPort
  }

  // MARK: Names

  /// Begins to ask for the addresses of a name.
  ///
  /// - Parameters:
  ///   - name: the name.
  ///   - type: which addresses.
  ///   - now: the time.
  /// - Returns: what has the answer when it has come, perhaps at once.
  public func lookUp(
    _ name: DNSName, _ type: DNSRecordType = .ipv4, now: SystemTime
  ) -> NameLookup {
    let lookup = NameLookup(name, type, now: now)
    resolver.begin(lookup, now: now)
    return lookup
  }

  /// Gives a question up.
  public func abandon(_ lookup: NameLookup) { resolver.abandon(lookup) }

  func advanceLookups(_ now: SystemTime) {
    guard resolver.deadline != nil else { return }
    var servers = configuration?.nameServers.map { IPAddress.v4($0) } ?? []
    if let layer { servers += layer.nameServers }
    for lookup in resolver.advance(now: now, servers) {
      guard let port = try? openPort() else { continue }
      let question = lookup.question(UInt16(truncatingIfNeeded: numbers.next()), from: port)
      try? send(question, from: port, to: lookup.receiver, now: now)
    }
  }
}
