// SPDX-License-Identifier: Apache-2.0

import NetIPv6
import NetStack
import NetTCP
import NetWire
import Testing
import XenFrontends

/// Datagrams in parts, and ways that are narrow.
@Suite struct PartsTests {
  private let wire = Wire()
  private let node: Node
  private let port: DatagramPort

  init() throws {
    node = wire.add(2)
    wire.run(20_000)
    port = try node.stack.openPort(5000)
    node.sent = []
    // Its station is known.
    let answer = NeighbourSolicitation(for: node.near, from: Frame.router)
    wire.carry(
      Frame.icmp(
        answer.bytes(from: Frame.routerAddress, to: node.near), to: node.near,
        station: node.station))
    wire.run(0)
    node.sent = []
  }

  /// A datagram of so many bytes in all, to the open port.
  private func datagram(_ count: Int) -> [UInt8] {
    Frame.udp(
      (0..<(count - 8)).map { UInt8(truncatingIfNeeded: $0) }, from: (Frame.routerAddress, 9),
      to: (node.near, 5000))
  }

  private func carry(
    _ part: [UInt8], at offset: Int, hasMore: Bool, identification: UInt32 = 7,
    _ number: ProtocolNumber = .udp
  ) {
    var header = IPv6Header(
      from: Frame.routerAddress, to: node.near, number, payloadCount: part.count)
    header.fragmentOffset = offset
    header.hasMoreFragments = hasMore
    header.identification = identification
    wire.carry(Frame.ipv6(header, part, to: node.station))
  }

  private func receive(_ parts: [(Int, Int, Bool)], identification: UInt32 = 7) -> [UInt8]? {
    let bytes = datagram(parts.map { $0.0 + $0.1 }.max() ?? 8)
    for (offset, count, hasMore) in parts {
      carry(
        Array(bytes[offset..<(offset + count)]), at: offset, hasMore: hasMore,
        identification: identification)
    }
    return port.take()?.bytes
  }

  @Test func partsInAnyOrderBecomeADatagram() {
    let parts = [(0, 16, true), (16, 8, true), (24, 24, true), (48, 5, false)]
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2], [2, 0, 3, 1]] {
      #expect(receive(order.map { parts[$0] })?.count == 45)
    }
  }

  /// Source: RFC 5722.
  @Test(arguments: [
    [(0, 16, true), (8, 16, false)], [(0, 16, true), (8, 8, true), (16, 8, false)],
    [(0, 12, true), (12, 8, false)], [(0, 16, true), (16, 8, false), (24, 8, false)],
    [(8, 16, false), (8, 8, true), (0, 8, true)],
  ])
  func partsThatContradictMakeNothing(parts: [(Int, Int, Bool)]) {
    #expect(receive(parts) == nil)
    #expect(receive([(0, 16, true), (16, 8, false)], identification: 8)?.count == 16)
  }

  @Test func onlyTheFirstPartSaysWhatItIs() {
    let bytes = datagram(40)
    carry(Array(bytes[16...]), at: 16, hasMore: false, .tcp)
    carry(Array(bytes[..<16]), at: 0, hasMore: true, .udp)
    #expect(port.take()?.bytes.count == 32)
  }

  @Test func aSinglePartIsADatagram() {
    let bytes = datagram(20)
    var packet = PacketWriter()
    packet.append([ProtocolNumber.udp.rawValue, 0, 0, 0, 1, 2, 3, 4])
    packet.append(bytes)
    let header = IPv6Header(
      from: Frame.routerAddress, to: node.near, .fragment, payloadCount: packet.bytes.count)
    wire.carry(Frame.ipv6(header, packet.bytes, to: node.station))
    #expect(port.take()?.bytes.count == 12)
  }

  /// Source: RFC 6980.
  @Test func neighboursDoNotSpeakInParts() {
    let question = NeighbourSolicitation(for: node.near, from: Frame.router)
      .bytes(from: Frame.routerAddress, to: node.near)
    func answers(_ first: ProtocolNumber, _ bytes: [UInt8]) -> Int {
      node.sent = []
      var header = IPv6Header(
        from: Frame.routerAddress, to: node.near, first, payloadCount: bytes.count)
      header.hopLimit = 255
      wire.carry(Frame.ipv6(header, bytes, to: node.station))
      wire.run(0)
      return node.sent.count
    }
    #expect(answers(.icmpV6, question) == 1)
    #expect(answers(.fragment, [58, 0, 0, 0, 1, 2, 3, 4] + question) == 0)
    // Nor two parts.
    #expect(answers(.fragment, [58, 0, 0, 1, 0, 0, 0, 9] + question[..<16]) == 0)
    #expect(answers(.fragment, [58, 0, 0, 16, 0, 0, 0, 9] + question[16...]) == 0)
  }

  @Test func optionsBehindPartsAreSkipped() {
    // Options for the receiver, six bytes of padding, and a datagram behind.
    let bytes: [UInt8] = [17, 0, 1, 4, 0, 0, 0, 0] + datagram(24)
    carry(Array(bytes[..<16]), at: 0, hasMore: true, .destinationOptions)
    carry(Array(bytes[16...]), at: 16, hasMore: false, .destinationOptions)
    #expect(port.take()?.bytes.count == 16)
    // Those for each router must be first.
    carry(Array(bytes[..<16]), at: 0, hasMore: true, .hopByHop)
    carry(Array(bytes[16...]), at: 16, hasMore: false, .hopByHop)
    #expect(port.take() == nil)
  }

  @Test func aFloodIsBoundedAndGoesByWithTime() {
    let bytes = datagram(1024)
    for number in 0..<4096 { carry(bytes, at: 0, hasMore: true, identification: UInt32(number)) }
    #expect(node.stack.counters.incomplete == 4096 - 4)
    #expect(receive([(0, 16, true), (16, 8, false)], identification: 9999)?.count == 16)
    wire.run(15_001)
    #expect(node.stack.counters.incomplete == 4096)
  }

  // MARK: Narrow ways

  /// Says that the last packet was too big, in the name of who forwards it.
  private func complain(of frame: [UInt8], mtu: UInt32, from source: IPv6Address? = nil) {
    var message = PacketWriter()
    message.append([2, 0, 0, 0])
    message.appendBig32(mtu)
    message.append(Array(frame[14..<min(frame.count, 14 + 1232)]))
    if let source {
      var writer = PacketWriter()
      writer.append(source)
      message.bytes.replaceSubrange(16..<32, with: writer.bytes)
    }
    var checksum = InternetChecksum(
      from: .v6(Frame.routerAddress), to: .v6(node.near), protocolNumber: 58,
      count: message.bytes.count)
    checksum.add(message.bytes)
    message.setBig16(checksum.value, at: 2)
    wire.carry(
      Frame.icmp(message.bytes, to: node.near, hopLimit: 64, station: node.station))
  }

  private func send(_ count: Int) throws -> [[UInt8]] {
    node.sent = []
    try node.stack.send(
      [UInt8](repeating: 1, count: count), from: port,
      to: NetEndpoint(.v6(Frame.routerAddress), port: 9), now: wire.now)
    wire.run(0)
    return node.sent.filter { Frame.content($0)?.header.protocolNumber == .udp }
  }

  @Test func datagramsForANarrowWayAreCutUntilItIsTriedAgain() throws {
    let whole = try send(1400)
    #expect(whole.count == 1)
    // Not a packet of ours, or more than there is.
    complain(of: whole[0], mtu: 1300, from: address("2001:db8::1"))
    complain(of: whole[0], mtu: 9000)
    #expect(try send(1400).count == 1)
    complain(of: whole[0], mtu: 1300)
    let parts = try send(1400)
    #expect(parts.count == 2 && parts.allSatisfy { $0.count <= 1314 })
    #expect(port.takeRefusal() == nil)
    // No link is narrower than that.
    complain(of: parts[0], mtu: 600)
    #expect(try send(1400).map { $0.count }.max() == 1294)
    wire.run(600_001)
    #expect(try send(1400).count == 1)
  }

  @Test func waysOfMoreHostsThanAnybodyHasAreForgotten() throws {
    let frame = try send(1400)[0]
    for number in 0..<4096 {
      var copy = frame
      copy[14 + 38] = UInt8(number >> 8)
      copy[14 + 39] = UInt8(number & 255)
      complain(of: copy, mtu: 1300)
    }
    #expect(try send(1400).count == 1)
  }

  @Test func aConnectionOverANarrowWaySendsSmallerSegments() throws {
    let other = wire.add(3)
    wire.run(20_000)
    let listener = try other.tcp.listen(on: 80, backlog: 4)
    let connection = try node.tcp.connect(
      to: NetEndpoint(.v6(other.near), port: 80), from: .v6(node.near), now: wire.now)
    wire.run(10)
    let accepted = try #require(listener.accept())
    wire.loses = { $0.count > 1314 }
    node.sent = []
    let bytes = (0..<5000).map { UInt8(truncatingIfNeeded: $0) }
    _ = connection.write(bytes)
    wire.settle()
    let lost = try #require(node.sent.first { $0.count > 1314 })
    complain(of: lost, mtu: 1300)
    wire.run(100)
    #expect(accepted.read(atMost: 10_000) == bytes)
  }
}
