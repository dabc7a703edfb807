// SPDX-License-Identifier: Apache-2.0

import NetWire
import XenFrontends

/// Makes frames of packets: who gets them first, from which address, in how many parts; and the frames that wait to
/// be sent.
struct IPv4Sender {
  var link: NetStack.Link
  var configuration: IPv4Configuration?
  var neighbours = NeighbourTable<IPv4Address>()
  /// Packets that could not be sent.
  private(set) var drops = 0
  private var queue = FrameQueue()
  private var identification: UInt16

  init(_ link: NetStack.Link, identification: UInt16) {
    self.link = link
    self.identification = identification
  }

  /// Bytes of a packet at most.
  var mtu: Int { max(68, min(link.mtu, configuration?.mtu ?? link.mtu)) }

  // MARK: Frames that wait

  /// Whether a packet of so many bytes would be sent now: not too much waits.
  func hasRoom(for count: Int) -> Bool { queue.hasRoom(for: parts(of: count)) }

  /// Whether nothing waits to be taken.
  var isEmpty: Bool { queue.isEmpty }

  /// How many frames a payload needs.
  private func parts(of count: Int) -> Int {
    let room = mtu - IPv4Header.size
    return count <= room ? 1 : (count + room / 8 * 8 - 1) / (room / 8 * 8)
  }

  /// Takes the next frame.
  mutating func takeFrame() -> OutgoingFrame? { queue.take() }

  /// Adds a frame to those that are sent next.
  mutating func enqueue(_ frame: OutgoingFrame) {
    enqueue([frame])
  }

  /// Adds the frames of one packet: all of them, or none.
  private mutating func enqueue(_ frames: [OutgoingFrame]) {
    if !queue.add(frames) { drops += 1 }
  }

  /// Sends the frames that waited for a station.
  mutating func hear(
    _ station: EthernetAddress, has address: IPv4Address, mayAdd: Bool, now: SystemTime
  ) {
    for packet in neighbours.hear(station, has: address, mayAdd: mayAdd, now: now) {
      queue.addKept(packet.map { $0.addressed(to: station) })
    }
  }

  // MARK: ARP

  /// Asks the questions for stations that are due.
  mutating func askNeighbours() {
    while let question = neighbours.takeQuestion() {
      guard let own = configuration?.prefix.address else { continue }
      let target = question.hardware ?? EthernetAddress(rawValue: 0)
      send(
        ARPPacket(.request, from: link.address, own, to: target, question.address),
        to: question.hardware ?? .broadcast)
    }
  }

  /// Asks for the station on the way to an address once more, for the one that is known is silent.
  mutating func doubt(_ address: IPv4Address, _ now: SystemTime) {
    if let hop = nextHop(to: address) { neighbours.doubt(hop, now) }
  }

  /// Tells the link that an address is here. Source: RFC 5227, section 2.3.
  ///
  /// A question in nobody's name before it is answered by whoever has the address: section 2.1.
  mutating func announce(_ address: IPv4Address, asksFirst: Bool) {
    for sender in asksFirst ? [.unspecified, address] : [address] {
      send(
        ARPPacket(
          .request, from: link.address, sender, to: EthernetAddress(rawValue: 0), address),
        to: .broadcast)
    }
  }

  mutating func send(_ packet: ARPPacket, to station: EthernetAddress) {
    var writer = PacketWriter(capacity: 42)
    EthernetHeader(to: station, from: link.address, .arp).append(to: &writer)
    packet.append(to: &writer)
    enqueue(OutgoingFrame(writer.bytes))
  }

  // MARK: IPv4

  /// Sends a packet, in parts if it is too large for one frame.
  mutating func send(
    _ payload: [UInt8], _ protocolNumber: ProtocolNumber, to destination: IPv4Address,
    now: SystemTime, isChecksumBlank: Bool = false
  ) throws(DatagramError) {
    guard let source = configuration?.prefix.address else { throw .noAddress }
    guard let hop = nextHop(to: destination) else { throw .noRoute(.v4(destination)) }
    let station = station(of: hop, now)
    let room = mtu - IPv4Header.size
    let step = payload.count <= room ? room : room / 8 * 8
    let identification = nextIdentification()
    var frames: [OutgoingFrame] = []
    var offset = 0
    repeat {
      let end = min(offset + step, payload.count)
      var header = IPv4Header(
        from: source, to: destination, protocolNumber, payloadCount: end - offset)
      header.identification = identification
      header.fragmentOffset = offset
      header.hasMoreFragments = end < payload.count
      var packet = begin(header, to: station, capacity: end - offset)
      packet.bytes += payload[offset..<end]
      var frame = OutgoingFrame(packet.bytes)
      frame.isChecksumBlank = isChecksumBlank
      frames.append(frame)
      offset = end
    } while offset < payload.count
    if station == nil { neighbours.keep(frames, for: hop) } else { enqueue(frames) }
  }

  /// Sends a datagram to all stations of the link, from an address that is not ours yet or still.
  mutating func broadcast(_ bytes: [UInt8], from source: IPv4Address, _ ports: (UInt16, UInt16)) {
    let destination = IPv4Address.broadcast
    var header = IPv4Header(
      from: source, to: destination, .udp, payloadCount: UDPHeader.size + bytes.count)
    header.identification = nextIdentification()
    var packet = begin(header, to: .broadcast, capacity: header.payloadCount)
    UDPHeader(from: ports.0, to: ports.1, payloadCount: bytes.count).append(
      to: &packet, bytes, from: .v4(source), to: .v4(destination), isCompletedLater: false)
    enqueue(OutgoingFrame(packet.bytes))
  }

  /// The frame of a transport's packet; nil if it waits for its receiver's station, or has none.
  mutating func frame(_ packet: OutgoingPacket, _ now: SystemTime) -> OutgoingFrame? {
    guard case .v4(let source) = packet.source, case .v4(let destination) = packet.destination,
      let hop = nextHop(to: destination)
    else {
      drops += 1
      return nil
    }
    var header = IPv4Header(
      from: source, to: destination, packet.protocolNumber,
      payloadCount: packet.header.count + packet.payload.count)
    header.identification = nextIdentification()
    header.mayBeFragmented = false
    header.trafficClass = packet.trafficClass
    let station = station(of: hop, now)
    var writer = begin(header, to: station, capacity: packet.header.count)
    writer.append(packet.header)
    var frame = OutgoingFrame(writer.bytes, packet.payload)
    frame.isChecksumBlank = packet.isChecksumBlank
    frame.segmentSize = packet.segmentSize
    if station != nil { return frame }
    neighbours.keep([frame.kept()], for: hop)
    return nil
  }

  private func begin(
    _ header: IPv4Header, to station: EthernetAddress?, capacity: Int
  ) -> PacketWriter {
    var packet = PacketWriter(capacity: EthernetHeader.size + IPv4Header.size + capacity)
    EthernetHeader(to: station ?? .broadcast, from: link.address, .ipv4).append(to: &packet)
    header.append(to: &packet)
    return packet
  }

  private mutating func nextIdentification() -> UInt16 {
    identification &+= 1
    return identification
  }

  /// Who is to get a packet for an address first; nil if there is no way.
  private func nextHop(to destination: IPv4Address) -> IPv4Address? {
    guard let configuration else { return nil }
    if destination == .broadcast || destination.isMulticast
      || configuration.prefix.contains(destination)
    {
      return destination
    }
    return configuration.gateway
  }

  /// The station of the next hop; nil if it has to be asked for.
  private mutating func station(of hop: IPv4Address, _ now: SystemTime) -> EthernetAddress? {
    if hop == .broadcast || hop == configuration?.prefix.broadcast { return .broadcast }
    if hop.isMulticast {
      // Source: RFC 1112, section 6.4.
      return EthernetAddress(rawValue: 0x0100_5E00_0000 | UInt64(hop.rawValue & 0x7F_FFFF))
    }
    return neighbours.station(of: hop, now: now)
  }
}
