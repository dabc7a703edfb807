// SPDX-License-Identifier: Apache-2.0

public import NetStack
public import NetWire
public import XenFrontends

/// IPv6 of a stack: it gives itself addresses, finds neighbours and routers, and carries what UDP and transports send.
/// Sources: RFC 8200, RFC 4861 and RFC 4862.
///
/// Routers are asked for by multicast; what DHCPv6 servers know is not. Redirects are not heeded. Whatever others send,
/// memory is bounded.
public final class IPv6Layer: NetLayer {
  let isAutomatic: Bool
  var own = AddressTable()
  var sender: IPv6Sender
  private var fragments = FragmentTable<IPv6Header>()
  var complaints = RateLimit(perSecond: 10)
  /// When to ask for routers, the last time first.
  var askingTimes: [SystemTime] = []
  /// When to tell to which groups we listen, if somebody wants to know.
  var reportTime: SystemTime?
  /// When an address was last defended.
  var defended: SystemTime?
  private var numbers: SecretNumbers
  private var changeCount = 0
  private var hasBegun = false
  private var isClosed = false
  /// The station that has one of our addresses, too, if there is one.
  public internal(set) var rival: EthernetAddress?

  /// - Parameters:
  ///   - link: what the frames go through; the stack's.
  ///   - settings: where addresses come from.
  ///   - secret: from it come the numbers that others must not guess.
  ///   - now: the time.
  public init(
    _ link: NetStack.Link, _ settings: IPv6Settings = .automatic, secret: (UInt64, UInt64),
    now: SystemTime
  ) {
    numbers = SecretNumbers(secret: (secret.0 ^ 0x4B1D_2E93_0C6F_A857, secret.1))
    sender = IPv6Sender(link, SecretNumbers(secret: (secret.0, secret.1 ^ 0x6A09_E667_F3BC_C908)))
    isAutomatic = settings == .automatic
    super.init(.ipv6)
    own.add(IPv6Prefix(.linkLocal(of: link.address), length: 64), now: now)
    guard case .fixed(let configuration) = settings else { return }
    own.add(configuration.prefix, now: now)
    sender.routes.takeOnLink(configuration.prefix, seconds: .max, now: now)
    if let gateway = configuration.gateway {
      sender.routes.takeRouter(gateway, seconds: .max, now: now)
    }
    for server in configuration.nameServers {
      sender.routes.takeServer(server, seconds: .max, now: now)
    }
  }

  // MARK: What it is like

  /// All addresses that there are or are to be, the one of the link first.
  public var addresses: [OwnAddress] { own.all }

  /// The addresses by which hosts of other links reach this one; empty as long as there are none.
  public var globalAddresses: [IPv6Address] {
    var found: [IPv6Address] = []
    for own in own.all where own.state == .assigned && !own.address.isLinkLocal {
      found.append(own.address)
    }
    return found
  }

  /// The address by which hosts of the link reach this one; nil as long as there is none.
  public var linkAddress: IPv6Address? {
    own.all.first { $0.state == .assigned && $0.address.isLinkLocal }?.address
  }

  /// Whether another station has an address that was to become ours, and of no other it is still to be found out.
  public var isRefused: Bool {
    own.all.contains { $0.state == .duplicate } && !own.all.contains { $0.state == .tentative }
  }

  /// Who forwards what is for other links, the one that is tried first foremost.
  public var routers: [IPv6Address] { sender.routes.routerAddresses }

  /// How many stations of the link are known.
  public var neighbourCount: Int { sender.neighbours.count }

  public override var nameServers: [IPAddress] { sender.routes.serverAddresses.map { .v6($0) } }

  public override var hasAddress: Bool { own.all.contains { $0.state == .assigned } }

  public override var mtu: Int { sender.mtu }

  public override var changes: Int { changeCount }

  func noteChange() { changeCount += 1 }

  public override func address(of text: [UInt8]) -> IPAddress? { IPv6Address(text).map { .v6($0) } }

  public override func source(for peer: IPAddress, now: SystemTime) -> IPAddress? {
    guard case .v6(let peer) = peer else { return nil }
    return own.source(for: peer, now: now).map { .v6($0) }
  }

  public override func addDrops(to counters: inout NetCounters) {
    counters.sendDrops += sender.drops + sender.neighbours.drops
    counters.incomplete += fragments.drops
  }

  // MARK: The link

  public override func follow(_ link: NetStack.Link, in stack: NetStack, now: SystemTime) {
    sender.link = link
    if isAutomatic { askingTimes = [9000, 5000, 1000, 0].map { now.advanced(byMilliseconds: $0) } }
    guard hasBegun else { return hasBegun = true }
    // The link may be another one: who had our address may be gone, and nobody knows where we are.
    own.tryAgain(now: now)
    for own in own.all where own.state == .assigned { announce(own.address) }
    reportGroups(now)
  }

  public override func close() {
    isClosed = true
    own.removeAll()
    sender.routes.removeAll()
    askingTimes = []
    reportTime = nil
  }

  // MARK: Frames

  public override func receive(
    _ packet: RawSpan, _ frame: EthernetHeader, isVerified: Bool, in stack: NetStack,
    now: SystemTime
  ) {
    guard let header = IPv6Header(packet) else { return stack.counts.malformed += 1 }
    guard !isClosed, isOurs(header, frame) else { return stack.counts.foreign += 1 }
    let payload = packet.extracting(header.size..<(header.size + header.payloadCount))
    let arrival = IPv6Arrival(
      station: frame.source, isVerified: isVerified && !header.isFragment,
      wasInParts: header.hasFragmentExtension, now: now)
    guard header.isFragment else { return deliver(header, payload, arrival, stack) }
    guard let (first, bytes) = fragments.add(header, payload, now: now) else { return }
    // SAFETY: bytes have no padding.
    let span = unsafe bytes.span.bytes
    guard let extensions = IPv6Extensions(span, first.protocolNumber, mayBeHopByHop: false),
      extensions.protocolNumber != .fragment, !extensions.isFragment
    else { return stack.counts.malformed += 1 }
    var whole = first
    whole.protocolNumber = extensions.protocolNumber
    whole.payloadCount = bytes.count - extensions.count
    deliver(whole, span.extracting(extensions.count..<bytes.count), arrival, stack)
  }

  /// Whether a packet is for this host, and from one that can be.
  private func isOurs(_ header: IPv6Header, _ frame: EthernetHeader) -> Bool {
    guard frame.source != sender.link.address, !frame.source.isMulticast else { return false }
    if !header.source.isUsable || own.state(of: header.source) != nil {
      // Who has no address yet, or ours, may say so.
      guard header.protocolNumber == .icmpV6, header.hopLimit == 255,
        header.source.isUsable || header.source.isUnspecified
      else { return false }
    }
    let destination = header.destination
    guard destination.isMulticast else {
      return own.state(of: destination) == .assigned && !frame.destination.isMulticast
    }
    return destination == .allNodes
      || own.all.contains { $0.address.solicitedNodeGroup == destination }
  }

  public override func takeFrame() -> OutgoingFrame? { sender.takeFrame() }

  public override func hasRoom(for count: Int) -> Bool { sender.hasRoom(for: count) }

  public override var hasWaitingFrames: Bool { !sender.isEmpty }

  public override func frame(_ packet: OutgoingPacket, now: SystemTime) -> OutgoingFrame? {
    guard case .v6(let source) = packet.source, case .v6(let destination) = packet.destination,
      own.state(of: source) == .assigned
    else {
      sender.drop()
      return nil
    }
    return sender.frame(packet, from: source, to: destination, now)
  }

  public override func send(
    _ bytes: [UInt8], from port: UInt16, to receiver: NetEndpoint, now: SystemTime
  ) throws(DatagramError) {
    guard case .v6(let destination) = receiver.address,
      destination.isUsable || destination.isMulticast
    else { throw .noRoute(receiver.address) }
    guard let source = own.source(for: destination, now: now) else { throw .noAddress }
    let count = UDPHeader.size + bytes.count
    let isBlank =
      sender.link.completesIPv6Checksums
      && count <= sender.mtu(to: destination, now) - IPv6Header.size
    var packet = PacketWriter(capacity: count)
    UDPHeader(from: port, to: receiver.port, payloadCount: bytes.count).append(
      to: &packet, bytes, from: .v6(source), to: receiver.address, isCompletedLater: isBlank)
    try sender.send(
      packet.bytes, .udp, from: source, to: destination, now: now, isChecksumBlank: isBlank)
  }

  // MARK: Time

  public override func doubt(_ address: IPAddress, now: SystemTime) {
    guard case .v6(let address) = address, let hop = sender.routes.nextHop(to: address) else {
      return
    }
    sender.neighbours.doubt(hop, now)
  }

  public override var deadline: SystemTime? {
    var first: SystemTime?
    func consider(_ moment: SystemTime?) {
      if let moment, first.map({ moment < $0 }) ?? true { first = moment }
    }
    consider(own.deadline)
    consider(sender.routes.deadline)
    consider(sender.neighbours.deadline)
    consider(fragments.deadline)
    consider(askingTimes.last)
    consider(reportTime)
    return first
  }

  public override func advance(in stack: NetStack, now: SystemTime) {
    for step in own.advance(now: now) { act(step, stack, now) }
    _ = sender.routes.advance(now: now)
    for address in sender.neighbours.advance(now: now) {
      sender.routes.hearOfSilence(from: address)
      stack.tellTransports(ofSilence: .v6(address), now: now)
    }
    fragments.advance(now: now)
    if let time = askingTimes.last, now >= time { askForRouters(now) }
    if let time = reportTime, now >= time { reportGroups(now) }
    sender.askNeighbours { self.source(forNeighbour: $0, now) }
  }

  /// A moment before a limit that others do not guess, so that not all hosts of a link speak at once.
  func moment(withinMilliseconds limit: UInt32, _ now: SystemTime) -> SystemTime {
    now.advanced(byMilliseconds: UInt64(numbers.next(below: max(limit, 1))))
  }
}
