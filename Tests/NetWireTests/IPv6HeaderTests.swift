// SPDX-License-Identifier: Apache-2.0

import NetWire
import Testing

@Suite struct IPv6HeaderTests {
  private let one = IPv6Address(high: 0x2001_0DB8_0000_0000, low: 1)
  private let other = IPv6Address(high: 0x2001_0DB8_0000_0000, low: 2)

  private func packet(_ header: IPv6Header, _ payload: [UInt8]) -> [UInt8] {
    var packet = PacketWriter()
    header.append(to: &packet)
    packet.append(payload)
    return packet.bytes
  }

  /// A packet that begins with an extension or a protocol.
  private func packet(_ first: ProtocolNumber, _ payload: [UInt8]) -> [UInt8] {
    packet(IPv6Header(from: one, to: other, first, payloadCount: payload.count), payload)
  }

  private func read(_ bytes: [UInt8]) -> IPv6Header? { IPv6Header(bytes.span.bytes) }

  @Test func aHeaderIsWrittenAndRead() {
    var header = IPv6Header(from: one, to: other, .udp, payloadCount: 3)
    header.hopLimit = 7
    header.trafficClass = 0xB8
    let bytes = packet(header, [1, 2, 3])
    #expect(
      bytes == [
        0x6B, 0x80, 0, 0, 0, 3, 17, 7, 0x20, 0x01, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1,
        0x20, 0x01, 0x0D, 0xB8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 3,
      ])
    #expect(read(bytes) == header)
    // Padding of the frame may follow.
    #expect(read(bytes + [0, 0, 0])?.payloadCount == 3)
  }

  @Test func aPartIsWrittenAndRead() {
    var header = IPv6Header(from: one, to: other, .udp, payloadCount: 8)
    header.identification = 0x0102_0304
    header.fragmentOffset = 1232
    header.hasMoreFragments = true
    let bytes = packet(header, [UInt8](repeating: 9, count: 8))
    #expect(Array(bytes[4..<8]) == [0, 16, 44, 64])
    #expect(Array(bytes[40..<48]) == [17, 0, 0x04, 0xD1, 1, 2, 3, 4])
    let read = read(bytes)
    #expect(read?.size == 48 && read?.payloadCount == 8 && read?.isFragment == true)
    #expect(read?.identification == 0x0102_0304 && read?.fragmentOffset == 1232)
    #expect(read?.hasMoreFragments == true && read?.protocolNumber == .udp)
  }

  @Test func lengthsThatLieAreNone() {
    let whole = packet(.udp, [1, 2, 3, 4])
    for count in 0..<whole.count { #expect(read(Array(whole[..<count])) == nil) }
    var lying = whole
    lying[5] = 5
    #expect(read(lying) == nil)
    lying[4] = 0xFF
    #expect(read(lying) == nil)
    lying = whole
    lying[0] = 0x40
    #expect(read(lying) == nil)
  }

  /// Padding of six bytes, in an extension that says what follows.
  private func options(_ next: ProtocolNumber, _ rest: [UInt8] = [1, 4, 0, 0, 0, 0]) -> [UInt8] {
    [next.rawValue, UInt8((rest.count + 2) / 8 - 1)] + rest
  }

  @Test func extensionsAreSkipped() {
    let bytes = packet(
      .hopByHop,
      options(.destinationOptions, [5, 2, 0, 0, 1, 0])
        + options(.routing, [0, 0, 0, 0, 0, 0] + [0x1E, 6, 1, 2, 3, 4, 5, 6])
        + [44, 0, 0, 0, 0, 0, 0, 0] + [60, 0, 0, 0, 1, 2, 3, 4] + options(.udp) + [7, 7])
    let header = read(bytes)
    #expect(header?.size == 40 + 8 + 16 + 8 + 8 + 8)
    #expect(header?.protocolNumber == .udp && header?.payloadCount == 2)
    #expect(header?.isFragment == false)
  }

  @Test func nothingBehindAPartIsLookedAt() {
    let bytes = packet(.fragment, [60, 0, 0, 9, 0, 0, 0, 1] + [0xFF, 0xFF, 0xFF, 0xFF])
    #expect(read(bytes)?.protocolNumber == .destinationOptions)
    #expect(read(bytes)?.fragmentOffset == 8 && read(bytes)?.payloadCount == 4)
  }

  @Test func extensionsThatAreWrongAreNone() {
    let wrong: [(ProtocolNumber, [UInt8])] = [
      // Cut, or longer than the packet.
      (.hopByHop, [17, 0, 0]), (.hopByHop, [17, 1] + [UInt8](repeating: 0, count: 6)),
      (.destinationOptions, [17, 255] + [UInt8](repeating: 0, count: 1000)),
      (.fragment, [17, 0, 0, 0, 0, 0, 0]), (.routing, [17, 0, 0, 0]),
      // Options for each router that are not first.
      (.destinationOptions, options(.hopByHop) + options(.udp)),
      (.hopByHop, options(.hopByHop) + options(.udp)),
      // A route on which there are stations left.
      (.routing, [17, 0, 0, 1, 0, 0, 0, 0]), (.routing, [17, 0, 2, 255, 0, 0, 0, 0]),
      // Options that must be known: dropped, complained of; one is too long.
      (.destinationOptions, options(.udp, [0x40, 4, 0, 0, 0, 0])),
      (.destinationOptions, options(.udp, [0x80, 4, 0, 0, 0, 0])),
      (.hopByHop, options(.udp, [0xC2, 4, 0, 1, 0, 0])),
      (.hopByHop, options(.udp, [1, 5, 0, 0, 0, 0])),
      (.hopByHop, options(.udp, [0, 0, 0, 0, 0, 1])),
      // Two of a part.
      (.fragment, [44, 0, 0, 0, 0, 0, 0, 1, 17, 0, 0, 0, 0, 0, 0, 1]),
    ]
    for (first, payload) in wrong { #expect(read(packet(first, payload)) == nil, "\(payload)") }
  }

  @Test func extensionsHaveAnEnd() {
    func chain(_ count: Int) -> [UInt8] {
      var bytes: [UInt8] = []
      for place in 0..<count { bytes += options(place == count - 1 ? .udp : .destinationOptions) }
      return bytes
    }
    #expect(read(packet(.destinationOptions, chain(8)))?.payloadCount == 0)
    #expect(read(packet(.destinationOptions, chain(9))) == nil)
    #expect(read(packet(.destinationOptions, chain(5000))) == nil)
  }

  @Test(arguments: 1...4) func randomPacketsNeverTrap(seed: UInt64) {
    var numbers = SecretNumbers(secret: (seed, 9))
    for _ in 0..<20_000 {
      var bytes = packet(
        .hopByHop,
        (0..<numbers.next(below: 80)).map { _ in
          let number = UInt8(truncatingIfNeeded: numbers.next())
          return numbers.next(below: 3) == 0 ? [0, 43, 44, 60, 1, 17][Int(number % 6)] : number % 8
        })
      bytes[6] = [0, 43, 44, 60][Int(numbers.next(below: 4))]
      guard let header = read(bytes) else { continue }
      #expect(header.size + header.payloadCount == bytes.count)
    }
  }

  /// The checksum of UDP is not optional: RFC 8200, section 8.1.
  @Test func aDatagramWithoutAChecksumIsNotIntact() {
    var writer = PacketWriter()
    UDPHeader(from: 1, to: 2, payloadCount: 1).append(
      to: &writer, [5], from: .v6(one), to: .v6(other), isCompletedLater: false)
    func isIntact(_ bytes: [UInt8]) -> Bool {
      UDPHeader.isIntact(bytes.span.bytes, from: .v6(one), to: .v6(other))
    }
    #expect(isIntact(writer.bytes))
    writer.setBig16(0, at: 6)
    #expect(!isIntact(writer.bytes))
  }
}
