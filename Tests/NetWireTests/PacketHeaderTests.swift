// SPDX-License-Identifier: Apache-2.0

import NetWire
import Testing

@Suite struct PacketHeaderTests {
  private let here = IPv4Address(10, 0, 0, 2)
  private let there = IPv4Address(10, 0, 0, 1)

  @Test func anARPRequestHasTheBytesOfRFC826() {
    let sender = EthernetAddress(rawValue: 0x0016_3E00_0001)
    let request = ARPPacket(.request, from: sender, here, to: EthernetAddress(rawValue: 0), there)
    var packet = PacketWriter()
    EthernetHeader(to: .broadcast, from: sender, .arp).append(to: &packet)
    request.append(to: &packet)
    #expect(
      packet.bytes == [
        0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x16, 0x3E, 0, 0, 1, 0x08, 0x06, 0, 1, 0x08, 0,
        6, 4, 0, 1, 0x00, 0x16, 0x3E, 0, 0, 1, 10, 0, 0, 2, 0, 0, 0, 0, 0, 0, 10, 0, 0, 1,
      ])
    #expect(ARPPacket(bytes: Array(packet.bytes[14..<42])) == request)
    #expect(EthernetHeader(bytes: packet.bytes)?.type == .arp)
    for count in 0..<28 {
      #expect(ARPPacket(bytes: Array(packet.bytes[14..<(14 + count)])) == nil)
    }
  }

  @Test func anIPv4HeaderComesBackAsItWasWritten() {
    var header = IPv4Header(from: here, to: there, .udp, payloadCount: 3)
    header.identification = 0xABCD
    header.hasMoreFragments = true
    header.fragmentOffset = 1480
    var packet = PacketWriter()
    header.append(to: &packet)
    packet.append([1, 2, 3, 0, 0])  // Two bytes of padding.
    let bytes = packet.bytes
    #expect(IPv4Header(bytes: bytes) == header)
    for count in 0..<23 { #expect(IPv4Header(bytes: Array(bytes[0..<count])) == nil) }
    for place in 0..<20 {
      var damaged = bytes
      damaged[place] ^= 0x10
      #expect(IPv4Header(bytes: damaged) == nil)
    }
  }

  @Test(arguments: [(UInt8(0x44), 20), (0x40, 20), (0x4F, 59), (0x45, 19), (0x65, 20)])
  func headerLengthsThatLieAreRefused(first: UInt8, total: Int) {
    var bytes = [UInt8](repeating: 0, count: 80)
    bytes[0] = first
    bytes[3] = UInt8(total)
    var checksum = InternetChecksum()
    let size = max(20, Int(first & 15) * 4)
    checksum.add(Array(bytes[..<size]))
    (bytes[10], bytes[11]) = (UInt8(checksum.value >> 8), UInt8(checksum.value & 255))
    #expect(IPv4Header(bytes: bytes) == nil)
  }

  @Test func optionsAreSkipped() throws {
    var bytes: [UInt8] = [
      0x46, 0, 0, 26, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2, 1, 1, 1, 1, 9, 9,
    ]
    var checksum = InternetChecksum()
    checksum.add(Array(bytes[..<24]))
    (bytes[10], bytes[11]) = (UInt8(checksum.value >> 8), UInt8(checksum.value & 255))
    let header = try #require(IPv4Header(bytes: bytes))
    #expect(header.size == 24)
    #expect(header.payloadCount == 2)
  }

  @Test(arguments: [0, 1, 8, 1001]) func aUDPDatagramIsIntact(count: Int) throws {
    let payload = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37) }
    var packet = PacketWriter()
    UDPHeader(from: 1000, to: 53, payloadCount: count).append(
      to: &packet, payload, from: .v4(here), to: .v4(there), isCompletedLater: false)
    var bytes = packet.bytes
    let header = try #require(UDPHeader(bytes: bytes))
    #expect(header == UDPHeader(from: 1000, to: 53, payloadCount: count))
    #expect(isIntact(bytes, from: .v4(here), to: .v4(there)))
    #expect(!isIntact(bytes, from: .v4(here), to: .v4(here)))
    bytes[0] ^= 1
    #expect(!isIntact(bytes, from: .v4(here), to: .v4(there)))
    for cut in 0..<bytes.count { #expect(UDPHeader(bytes: Array(bytes[0..<cut])) == nil) }
    bytes[4] = 0
    bytes[5] = 7
    #expect(UDPHeader(bytes: bytes) == nil)
  }

  @Test func aPingIsReadAsItWasWritten() {
    let bytes = ICMPMessage.echo(isReply: false, identifier: 7, sequence: 9, [1, 2, 3])
    #expect(
      ICMPMessage(bytes: bytes) == .echoRequest(identifier: 7, sequence: 9, [1, 2, 3]))
    for place in bytes.indices {
      var damaged = bytes
      damaged[place] ^= 4
      #expect(ICMPMessage(bytes: damaged) == nil)
    }
    for count in 0..<8 { #expect(ICMPMessage(bytes: Array(bytes[0..<count])) == nil) }
  }

  @Test func whatWasNotDeliveredIsToldByItsBeginning() throws {
    var packet = PacketWriter()
    let header = IPv4Header(from: there, to: here, .udp, payloadCount: 12)
    packet.append([0x12, 0x34, 0x00, 0x35, 0, 12, 0, 0, 1, 2, 3, 4])
    let bytes = packet.bytes
    let message = ICMPMessage.unreachable(code: 3, header, bytes.span.bytes)
    #expect(message.count == 8 + 28)
    guard case .undelivered(let told)? = ICMPMessage(bytes: message) else {
      Issue.record("no message")
      return
    }
    #expect(told.reason == .unreachable(3))
    #expect(told.source == .v4(there))
    #expect(told.protocolNumber == .udp)
    #expect(told.beginning.0 == 0x1234_0035)
    #expect(told.mtu == nil)
    // The packet that came back is cut before its ports.
    var short = Array(message[..<35])
    var checksum = InternetChecksum()
    (short[2], short[3]) = (0, 0)
    checksum.add(short)
    (short[2], short[3]) = (UInt8(checksum.value >> 8), UInt8(checksum.value & 255))
    #expect(ICMPMessage(bytes: short) == nil)
  }

  @Test func sipHashIsThatOfItsAuthors() {
    // From the reference implementation's vectors: the key 00…0f, messages of 0 and 8 bytes.
    let key: (UInt64, UInt64) = (0x0706_0504_0302_0100, 0x0F0E_0D0C_0B0A_0908)
    #expect(SecretNumbers.hash(key, []) == 0x726F_DB47_DD0E_0E31)
    #expect(SecretNumbers.hash(key, [0x0706_0504_0302_0100]) == 0x93F5_F579_9A93_2462)
  }

  @Test func numbersBelowALimitAreSpread() {
    var numbers = SecretNumbers(secret: (1, 2))
    var counts = [Int](repeating: 0, count: 10)
    for _ in 0..<10_000 { counts[Int(numbers.next(below: 10))] += 1 }
    #expect(counts.allSatisfy { (800...1200).contains($0) })
  }
}

/// Spans do not go through the macros of tests.
private func isIntact(_ bytes: [UInt8], from source: IPAddress, to destination: IPAddress) -> Bool {
  UDPHeader.isIntact(bytes.span.bytes, from: source, to: destination)
}

extension EthernetHeader {
  fileprivate init?(bytes: [UInt8]) { self.init(bytes.span.bytes) }
}

extension ARPPacket {
  fileprivate init?(bytes: [UInt8]) { self.init(bytes.span.bytes) }
}

extension IPv4Header {
  fileprivate init?(bytes: [UInt8]) { self.init(bytes.span.bytes) }
}

extension UDPHeader {
  fileprivate init?(bytes: [UInt8]) { self.init(bytes.span.bytes) }
}

extension ICMPMessage {
  fileprivate init?(bytes: [UInt8]) { self.init(bytes.span.bytes) }
}
