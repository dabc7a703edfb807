// SPDX-License-Identifier: Apache-2.0

public import NetWire
public import XenFrontends

/// A host's end of a link: ARP, IPv4, ICMP, UDP, DHCP and DNS, and what transports and which other layer are added;
/// without any I/O.
///
/// `receive` takes each frame that came; `nextFrame` is called until it is nil whenever something was received, asked
/// for, or `deadline` has come. Whatever others send, memory is bounded.
public final class NetStack {
  /// What a stack is made with.
  public struct Link: Equatable, Sendable {
    public var address: EthernetAddress
    /// Bytes of a packet at most, without Ethernet's header: 68 to 65,535.
    public var mtu: Int
    /// Whether the link completes the checksums of UDP and TCP in what is sent.
    public var completesChecksums: Bool
    /// Whether the link cuts a long segment of TCP into packets.
    public var cutsSegments: Bool
    /// The same two for IPv6.
    public var completesIPv6Checksums = false
    public var cutsIPv6Segments = false

    public init(
      _ address: EthernetAddress, mtu: Int, completesChecksums: Bool, cutsSegments: Bool = false
    ) {
      self.address = address
      self.mtu = mtu
      self.completesChecksums = completesChecksums
      self.cutsSegments = cutsSegments
    }
  }

  /// Ports of UDP that are open at most.
  public static var portLimit: Int { 64 }
  /// Bytes of a datagram's payload at most.
  public static var datagramLimit: Int { 65_507 }

  /// The station that has the address, too, if there is one.
  public internal(set) var rival: EthernetAddress?
  package var counts = NetCounters()
  var numbers: SecretNumbers
  var sender: IPv4Sender
  var ports = PortTable()
  var dhcp: DHCPClient?
  var dhcpPort: DatagramPort?
  /// A given address that another station has, and when to try it again.
  var refused: (configuration: IPv4Configuration, again: SystemTime)?
  /// What is still to be found out about a new address.
  var claim: AddressClaim?
  /// When the address was last defended.
  var defended: SystemTime?
  var complaints = RateLimit(perSecond: 10)
  private var fragments = FragmentTable<IPv4Header>()
  var resolver = Resolver()
  var transports: [NetTransport] = []
  /// The network protocol beside IPv4, if there is one.
  public internal(set) var layer: NetLayer?

  /// - Parameters:
  ///   - link: what the frames go through.
  ///   - secret: from it come the numbers that others must not guess.
  public init(_ link: Link, secret: (UInt64, UInt64)) {
    numbers = SecretNumbers(secret: secret)
    sender = IPv4Sender(link, identification: UInt16(truncatingIfNeeded: numbers.next()))
  }

  // MARK: What it is like

  public var link: Link { sender.link }
  /// The host's address and network; nil as long as it has none.
  public var configuration: IPv4Configuration? { sender.configuration }
  /// The MTU of packets to the network.
  public var mtu: Int { sender.mtu }
  /// What was dropped.
  public var counters: NetCounters {
    var counters = counts
    counters.sendDrops = sender.drops + sender.neighbours.drops
    counters.incomplete = fragments.drops
    layer?.addDrops(to: &counters)
    return counters
  }

  /// The link works again, maybe with other features: others are told where the address is now.
  public func reconnect(_ link: Link, now: SystemTime) {
    sender.link = link
    layer?.follow(link, in: self, now: now)
    tellTransports()
    if let address = configuration?.prefix.address { sender.announce(address, asksFirst: false) }
  }

  /// Whether another station has the address that was given. It is tried again now and then.
  public var hasLostAddress: Bool { refused != nil }

  /// Ends all that there is: ports, questions for names, transports. The link is closed for good.
  public func close() {
    ports.closeAll()
    resolver.abandonAll()
    for transport in transports { transport.close() }
    layer?.close()
    sender.configuration = nil
    claim = nil
    dhcp = nil
    refused = nil
  }

  // MARK: Frames

  /// Takes a frame.
  ///
  /// - Parameters:
  ///   - frame: from Ethernet's header on; whatever is in it.
  ///   - isVerified: whether the link vouches for the checksum of UDP or TCP.
  ///   - now: the time.
  public func receive(_ frame: RawSpan, isVerified: Bool, now: SystemTime) {
    guard let header = EthernetHeader(frame) else { return counts.malformed += 1 }
    guard header.destination == link.address || header.destination.isMulticast else {
      return counts.foreign += 1
    }
    let packet = frame.extracting(EthernetHeader.size..<frame.byteCount)
    switch header.type {
    case .arp: receiveARP(packet, now)
    case .ipv4: receiveIPv4(packet, header.destination.isMulticast, isVerified, now)
    default:
      guard let layer, layer.type == header.type else { return counts.foreign += 1 }
      layer.receive(packet, header, isVerified: isVerified, in: self, now: now)
    }
  }

  private func receiveIPv4(
    _ packet: RawSpan, _ isBroadcast: Bool, _ isVerified: Bool, _ now: SystemTime
  ) {
    guard let header = IPv4Header(packet) else { return counts.malformed += 1 }
    guard isOurs(header, isBroadcast) else { return counts.foreign += 1 }
    let payload = packet.extracting(header.size..<(header.size + header.payloadCount))
    guard header.isFragment else {
      return deliver(header, payload, isVerified, isBroadcast, now)
    }
    guard let (whole, bytes) = fragments.add(header, payload, now: now) else { return }
    // SAFETY: bytes have no padding.
    deliver(whole, unsafe bytes.span.bytes, false, isBroadcast, now)
  }

  /// Whether a packet is for this host, and from one that can be.
  private func isOurs(_ header: IPv4Header, _ isBroadcast: Bool) -> Bool {
    guard header.source.isUsable, header.source != configuration?.prefix.address,
      header.source != configuration?.prefix.broadcast
    else { return false }
    // Before there is an address, it is not known which one is to become ours.
    guard let prefix = configuration?.prefix else { return dhcp != nil }
    if header.destination == prefix.address { return !isBroadcast }
    return isBroadcast
      && (header.destination == .broadcast || header.destination == prefix.broadcast)
  }

  private func deliver(
    _ header: IPv4Header, _ payload: RawSpan, _ isVerified: Bool, _ isBroadcast: Bool,
    _ now: SystemTime
  ) {
    if header.protocolNumber == .icmp { return receiveICMP(header, payload, isBroadcast, now) }
    let fate = deliver(
      payload, header.protocolNumber, from: .v4(header.source), to: .v4(header.destination),
      isVerified: isVerified, isToMany: isBroadcast, now: now)
    switch fate {
    case .noProtocol: complain(2, header, payload, isBroadcast, now)
    case .noPort: complain(3, header, payload, isBroadcast, now)
    case .settled: break
    }
  }

  /// The next frame to send; nil if there is none now.
  public func nextFrame(now: SystemTime) -> OutgoingFrame? {
    if let frame = sender.takeFrame() ?? layer?.takeFrame() { return frame }
    for transport in transports {
      while let packet = transport.nextPacket(now: now) {
        if let frame = frame(packet, now) { return frame }
      }
    }
    advance(now)
    return sender.takeFrame() ?? layer?.takeFrame()
  }

  private func frame(_ packet: OutgoingPacket, _ now: SystemTime) -> OutgoingFrame? {
    if case .v6 = packet.source, let layer { return layer.frame(packet, now: now) }
    return sender.frame(packet, now)
  }

  /// When to call `nextFrame` although nothing has happened; nil for never.
  public var deadline: SystemTime? {
    var first: SystemTime?
    func consider(_ moment: SystemTime?) {
      if let moment, first.map({ moment < $0 }) ?? true { first = moment }
    }
    consider(dhcp?.deadline)
    consider(refused?.again)
    consider(claim?.next)
    consider(sender.neighbours.deadline)
    consider(fragments.deadline)
    consider(resolver.deadline)
    consider(layer?.deadline)
    for transport in transports { consider(transport.deadline) }
    return first
  }

  /// Does what time has come for.
  private func advance(_ now: SystemTime) {
    advanceDHCP(now)
    advanceAddress(now)
    for address in sender.neighbours.advance(now: now) {
      tellTransports(ofSilence: .v4(address), now: now)
    }
    for transport in transports {
      while let address = transport.nextSilentPeer() {
        switch address {
        case .v4(let address): sender.doubt(address, now)
        case .v6: layer?.doubt(address, now: now)
        }
      }
    }
    fragments.advance(now: now)
    advanceLookups(now)
    sender.askNeighbours()
    layer?.advance(in: self, now: now)
  }
}
