// SPDX-License-Identifier: Apache-2.0

import NetWire
import Testing

@Suite struct ICMPv6MessageTests {
  private let near = IPv6Address.linkLocal(of: EthernetAddress(rawValue: 0x0016_3E00_0001))
  private let own = IPv6Address.linkLocal(of: EthernetAddress(rawValue: 0x0016_3E00_0002))
  private let station = EthernetAddress(rawValue: 0x0016_3E00_0001)

  private func read(
    _ bytes: [UInt8], from source: IPv6Address? = nil, to destination: IPv6Address? = nil,
    hopLimit: UInt8 = 255
  ) -> ICMPv6Message? {
    var header = IPv6Header(
      from: source ?? near, to: destination ?? own, .icmpV6, payloadCount: bytes.count)
    header.hopLimit = hopLimit
    return ICMPv6Message(bytes.span.bytes, header)
  }

  /// A message whose checksum is right.
  private func message(
    _ bytes: [UInt8], from source: IPv6Address? = nil, to destination: IPv6Address? = nil
  ) -> [UInt8] {
    var bytes = bytes
    (bytes[2], bytes[3]) = (0, 0)
    var checksum = InternetChecksum(
      from: .v6(source ?? near), to: .v6(destination ?? own), protocolNumber: 58,
      count: bytes.count)
    checksum.add(bytes)
    (bytes[2], bytes[3]) = (UInt8(checksum.value >> 8), UInt8(checksum.value & 255))
    return bytes
  }

  private var advertisement: RouterAdvertisement {
    var message = RouterAdvertisement(seconds: 1800, station: station)
    message.hopLimit = 64
    message.mtu = 1400
    let network = IPv6Prefix(IPv6Address(high: 0xFD00_0000_0000_0001, low: 0), length: 64)
    message.prefixes = [
      AdvertisedPrefix(network, isOnLink: false, validSeconds: .max, preferredSeconds: 7),
      AdvertisedPrefix(network, isForAddresses: false, validSeconds: 1, preferredSeconds: 0),
    ]
    message.nameServers = [AdvertisedNameServer(near, seconds: 60)]
    return message
  }

  @Test func messagesAreWrittenAndRead() {
    let ping = ICMPv6Message.echo(
      isReply: false, identifier: 1, sequence: 2, [3], from: near, to: own)
    #expect(read(ping, hopLimit: 1) == .echoRequest(identifier: 1, sequence: 2, [3]))
    let pong = ICMPv6Message.echo(
      isReply: true, identifier: 1, sequence: 2, [3], from: near, to: own)
    #expect(read(pong) == .echoReply(identifier: 1, sequence: 2, [3]))
    let group = own.solicitedNodeGroup
    let question = NeighbourSolicitation(for: own, from: station)
    #expect(
      read(question.bytes(from: near, to: group), to: group) == .neighbourSolicitation(question))
    var answer = NeighbourAdvertisement(of: near, at: station, isSolicited: true)
    #expect(read(answer.bytes(from: near, to: own)) == .neighbourAdvertisement(answer))
    answer.isRouter = true
    answer.overrides = false
    #expect(read(answer.bytes(from: near, to: own)) == .neighbourAdvertisement(answer))
    #expect(
      read(ICMPv6Message.routerSolicitation(from: near, station), to: .allRouters)
        == .routerSolicitation(station))
    #expect(
      read(advertisement.bytes(from: near, to: .allNodes), to: .allNodes)
        == .routerAdvertisement(advertisement))
  }

  @Test func whatIsCutOrHasAWrongChecksumIsNone() {
    for bytes in [
      advertisement.bytes(from: near, to: own),
      NeighbourSolicitation(for: own, from: station).bytes(from: near, to: own),
      ICMPv6Message.echo(isReply: false, identifier: 1, sequence: 2, [], from: near, to: own),
    ] {
      #expect(read(bytes) != nil)
      for count in 0..<bytes.count { #expect(read(Array(bytes[..<count])) == nil) }
      for place in bytes.indices {
        var wrong = bytes
        wrong[place] ^= 0x10
        #expect(read(wrong) == nil)
      }
      // The addresses count in.
      #expect(read(bytes, from: IPv6Address(high: near.high, low: near.low ^ 4)) == nil)
    }
  }

  /// With a right checksum, and cut where no option ends. Source: RFC 4861, section 7.1.
  @Test func optionsThatAreCutAreNone() {
    let whole = advertisement.bytes(from: near, to: own)
    let ends = [16, 24, 32, 64, 96, 120]
    #expect(whole.count == 120)
    for count in 8..<whole.count {
      let isRead = read(message(Array(whole[..<count]))) != nil
      #expect(isRead == ends.contains(count), "\(count)")
    }
    var wrong = whole
    wrong[17] = 0
    #expect(read(message(wrong)) == nil)
    wrong[17] = 255
    #expect(read(message(wrong)) == nil)
  }

  @Test func messagesOfNeighboursComeFromNeighbours() {
    let messages = [
      NeighbourSolicitation(for: own, from: station).bytes(from: near, to: own),
      NeighbourAdvertisement(of: near, at: station, isSolicited: true).bytes(from: near, to: own),
      advertisement.bytes(from: near, to: own),
    ]
    for bytes in messages {
      #expect(read(bytes) != nil)
      for hopLimit in [0, 1, 64, 254] as [UInt8] { #expect(read(bytes, hopLimit: hopLimit) == nil) }
      var wrong = bytes
      wrong[1] = 1
      #expect(read(message(wrong)) == nil)
    }
    // A router speaks from its address on the link.
    let global = IPv6Address(high: 0x2001_0DB8_0000_0000, low: 1)
    #expect(read(advertisement.bytes(from: global, to: own), from: global) == nil)
  }

  @Test func questionsInNobodysNameHaveARule() {
    let (nobody, group) = (IPv6Address.unspecified, own.solicitedNodeGroup)
    let question = NeighbourSolicitation(for: own, from: nil)
    #expect(read(question.bytes(from: nobody, to: group), from: nobody, to: group) != nil)
    #expect(read(question.bytes(from: nobody, to: own), from: nobody) == nil)
    #expect(
      read(question.bytes(from: nobody, to: .allNodes), from: nobody, to: .allNodes) == nil)
    let telling = NeighbourSolicitation(for: own, from: station)
    #expect(read(telling.bytes(from: nobody, to: group), from: nobody, to: group) == nil)
    // About a group, or an answer to all that somebody is said to have asked for.
    #expect(
      read(NeighbourSolicitation(for: .allNodes, from: station).bytes(from: near, to: own)) == nil)
    let answer = NeighbourAdvertisement(of: near, at: station, isSolicited: true)
    #expect(read(answer.bytes(from: near, to: .allNodes), to: .allNodes) == nil)
    let router = ICMPv6Message.routerSolicitation(from: nobody, station)
    #expect(read(router, from: nobody, to: .allRouters) == nil)
  }

  @Test func ofManyOptionsEightCount() {
    var message = advertisement
    for number in 0..<20 as Range<UInt64> {
      let network = IPv6Prefix(IPv6Address(high: number << 32, low: 0), length: 64)
      message.prefixes.append(AdvertisedPrefix(network, validSeconds: 1, preferredSeconds: 1))
      let server = IPv6Address(high: near.high, low: number)
      message.nameServers.append(AdvertisedNameServer(server, seconds: 1))
    }
    guard case .routerAdvertisement(let read) = read(message.bytes(from: near, to: own)) else {
      Issue.record("the message is none")
      return
    }
    #expect(read.prefixes == Array(message.prefixes[..<8]))
    #expect(read.nameServers == Array(message.nameServers[..<8]))
  }

  @Test(arguments: [
    (UInt8(1), UInt8(0), UndeliveredPacket.Reason.unreachable(0)), (1, 1, .unreachable(13)),
    (1, 2, .unreachable(0)), (1, 3, .unreachable(1)), (1, 4, .unreachable(3)),
    (1, 6, .unreachable(13)), (2, 0, .unreachable(4)), (3, 0, .other), (4, 0, .other),
    (4, 1, .unreachable(2)), (4, 2, .other),
  ])
  func whatWasNotDeliveredIsTold(type: UInt8, code: UInt8, reason: UndeliveredPacket.Reason) {
    var packet = PacketWriter()
    packet.append([type, code, 0, 0, 0, 0, 5, 0])
    // Options are before the ports.
    IPv6Header(from: own, to: near, .destinationOptions, payloadCount: 100).append(to: &packet)
    packet.append([6, 0, 1, 4, 0, 0, 0, 0, 0x12, 0x34, 0, 80, 1, 2, 3, 4])
    guard case .undelivered(let found) = read(message(packet.bytes)) else {
      Issue.record("the message is none")
      return
    }
    #expect(found.reason == reason && found.protocolNumber == .tcp)
    #expect(found.mtu == (type == 2 ? 1280 : nil))
    #expect(found.source == .v6(own) && found.destination == .v6(near))
    #expect(found.beginning == (0x1234_0050, 0x0102_0304))
    for count in 8..<packet.bytes.count {
      #expect(read(message(Array(packet.bytes[..<count]))) == nil)
    }
  }

  @Test func aLaterPartSaysNothingOfPorts() {
    var packet = PacketWriter()
    packet.append([1, 4, 0, 0, 0, 0, 0, 0])
    var header = IPv6Header(from: own, to: near, .udp, payloadCount: 8)
    header.fragmentOffset = 8
    header.append(to: &packet)
    packet.append([UInt8](repeating: 1, count: 8))
    #expect(read(message(packet.bytes)) == nil)
  }

  @Test func aQueryWaitsAsLongAsItSays() {
    func query(_ code: UInt16, hopLimit: UInt8 = 1) -> ICMPv6Message? {
      var packet = PacketWriter()
      packet.append([130, 0, 0, 0])
      packet.appendBig16(code)
      packet.appendZeros(18)
      return read(message(packet.bytes), hopLimit: hopLimit)
    }
    #expect(query(10_000) == .groupQuery(milliseconds: 10_000))
    #expect(query(0x8000) == .groupQuery(milliseconds: 0x1000 << 3))
    #expect(query(0xFFFF) == .groupQuery(milliseconds: 0x1FFF << 10))
    #expect(query(10_000, hopLimit: 255) == nil)
  }
}
