// SPDX-License-Identifier: Apache-2.0

import NetStack
package import NetWire
import XenFrontends

/// Makes frames of IPv6 packets: who gets them first, in how many parts; and the frames that wait to be sent.
struct IPv6Sender {
  var link: NetStack.Link
  var routes = RouteTable()
  var neighbours = NeighbourTable<IPv6Address>()
  var paths = PathTable()
  /// Bytes of a packet at most, if a router has said so.
  var saidMTU: Int?
  /// Through how many routers packets may go.
  var hopLimit: UInt8 = 64
  /// Packets that could not be sent.
  private(set) var drops = 0
  private var queue = FrameQueue()
  private var numbers: SecretNumbers

  init(_ link: NetStack.Link, _ numbers: SecretNumbers) {
    self.link = link
    self.numbers = numbers
  }

  /// Bytes of a packet at most.
  var mtu: Int { min(max(IPv6Header.leastMTU, link.mtu), saidMTU ?? .max) }

  // MARK: Frames that wait

  /// Whether a packet of so many bytes would be sent now: not too much waits. Ways are as wide as the narrowest.
  func hasRoom(for count: Int) -> Bool {
    let room = (IPv6Header.leastMTU - IPv6Header.size - IPv6Header.fragmentSize) / 8 * 8
    return queue.hasRoom(for: count <= room ? 1 : (count + room - 1) / room)
  }

  /// Whether nothing waits to be taken.
  var isEmpty: Bool { queue.isEmpty }

  /// Takes the next frame.
  mutating func takeFrame() -> OutgoingFrame? { queue.take() }

  private mutating func enqueue(_ frames: [OutgoingFrame]) {
    if !queue.add(frames) { drops += 1 }
  }

  /// Sends the frames that waited for a station.
  mutating func hear(
    _ station: EthernetAddress, has address: IPv6Address, mayAdd: Bool, now: SystemTime
  ) {
    for packet in neighbours.hear(station, has: address, mayAdd: mayAdd, now: now) {
      queue.addKept(packet.map { $0.addressed(to: station) })
    }
  }

  // MARK: Neighbours

  /// Asks the questions for stations that are due: one who is known by itself, else all whose addresses end like the
  /// wanted one.
  mutating func askNeighbours(from source: (IPv6Address) -> IPv6Address?) {
    while let question = neighbours.takeQuestion() {
      guard let own = source(question.address) else { continue }
      let group = question.address.solicitedNodeGroup
      let destination = question.hardware == nil ? group : question.address
      let message = NeighbourSolicitation(for: question.address, from: link.address)
      sendToNeighbour(
        message.bytes(from: own, to: destination), from: own, to: destination,
        question.hardware ?? group.groupStation)
    }
  }

  /// Sends a message that does not leave the link, to a station.
  mutating func sendToNeighbour(
    _ message: [UInt8], from source: IPv6Address, to destination: IPv6Address,
    _ station: EthernetAddress
  ) {
    var header = IPv6Header(from: source, to: destination, .icmpV6, payloadCount: message.count)
    header.hopLimit = 255
    send(message, header, to: station)
  }

  /// Tells the link to which groups this host listens: bridges that look for it send us questions for our addresses.
  mutating func report(_ groups: [IPv6Address], from source: IPv6Address) {
    let message = ICMPv6Message.groupReport(groups, from: source)
    var header = IPv6Header(
      from: source, to: .groupRouters, .hopByHop, payloadCount: message.count)
    header.hopLimit = 1
    send(message, header, to: IPv6Address.groupRouters.groupStation)
  }

  private mutating func send(
    _ payload: [UInt8], _ header: IPv6Header, to station: EthernetAddress
  ) {
    var packet = begin(header, to: station, capacity: payload.count)
    packet.append(payload)
    enqueue([OutgoingFrame(ipv6: packet.bytes)])
  }

  // MARK: Packets

  /// Sends a packet, in parts if it is too large for one frame.
  mutating func send(
    _ payload: [UInt8], _ protocolNumber: ProtocolNumber, from source: IPv6Address,
    to destination: IPv6Address, now: SystemTime, isChecksumBlank: Bool = false
  ) throws(DatagramError) {
    guard let hop = routes.nextHop(to: destination) else { throw .noRoute(.v6(destination)) }
    let station = station(of: hop, now)
    let mtu = mtu(to: destination, now)
    let isWhole = payload.count <= mtu - IPv6Header.size
    let step =
      isWhole ? payload.count : (mtu - IPv6Header.size - IPv6Header.fragmentSize) / 8 * 8
    let identification = UInt32(truncatingIfNeeded: numbers.next())
    var frames: [OutgoingFrame] = []
    var offset = 0
    repeat {
      let end = min(offset + step, payload.count)
      var header = IPv6Header(
        from: source, to: destination, protocolNumber, payloadCount: end - offset)
      header.hopLimit = destination.isMulticast ? 1 : hopLimit
      header.identification = identification
      header.fragmentOffset = offset
      header.hasMoreFragments = end < payload.count
      var packet = begin(header, to: station, capacity: end - offset)
      packet.bytes += payload[offset..<end]
      var frame = OutgoingFrame(ipv6: packet.bytes)
      frame.isChecksumBlank = isChecksumBlank
      frames.append(frame)
      offset = end
    } while offset < payload.count
    if station == nil { neighbours.keep(frames, for: hop) } else { enqueue(frames) }
  }

  /// Bytes of a packet to a host at most.
  mutating func mtu(to destination: IPv6Address, _ now: SystemTime) -> Int {
    min(mtu, paths.mtu(to: destination, now: now) ?? .max)
  }

  /// The frame of a transport's packet; nil if it waits for its receiver's station, or has none.
  mutating func frame(
    _ packet: OutgoingPacket, from source: IPv6Address, to destination: IPv6Address,
    _ now: SystemTime
  ) -> OutgoingFrame? {
    guard let hop = routes.nextHop(to: destination) else {
      drops += 1
      return nil
    }
    var header = IPv6Header(
      from: source, to: destination, packet.protocolNumber,
      payloadCount: packet.header.count + packet.payload.count)
    header.hopLimit = hopLimit
    header.trafficClass = packet.trafficClass
    let station = station(of: hop, now)
    var writer = begin(header, to: station, capacity: packet.header.count)
    writer.append(packet.header)
    var frame = OutgoingFrame(ipv6: writer.bytes, packet.payload)
    frame.isChecksumBlank = packet.isChecksumBlank
    frame.segmentSize = packet.segmentSize
    if station != nil { return frame }
    neighbours.keep([frame.kept()], for: hop)
    return nil
  }

  /// Drops a packet that has no source.
  mutating func drop() { drops += 1 }

  private func begin(
    _ header: IPv6Header, to station: EthernetAddress?, capacity: Int
  ) -> PacketWriter {
    var packet = PacketWriter(capacity: EthernetHeader.size + IPv6Header.size + 8 + capacity)
    EthernetHeader(to: station ?? .broadcast, from: link.address, .ipv6).append(to: &packet)
    header.append(to: &packet)
    return packet
  }

  /// The station of the next hop; nil if it has to be asked for.
  private mutating func station(of hop: IPv6Address, _ now: SystemTime) -> EthernetAddress? {
    hop.isMulticast ? hop.groupStation : neighbours.station(of: hop, now: now)
  }
}

extension IPv6Header: FragmentHeader {
  package static var datagramLimit: Int { 65_535 }

  /// What it carries says the first part alone: RFC 8200, section 4.5.
  package func belongs(with other: IPv6Header) -> Bool {
    identification == other.identification && source == other.source
      && destination == other.destination
  }
}
