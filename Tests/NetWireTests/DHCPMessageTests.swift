// SPDX-License-Identifier: Apache-2.0

import NetWire
import Testing

@Suite struct DHCPMessageTests {
  private let hardware = EthernetAddress(rawValue: 0x0016_3E00_0001)

  @Test func aRequestHasTheFieldsOfRFC2131() {
    var request = DHCPRequest(.request, transaction: 0x1234_5678, hardware: hardware)
    request.requested = IPv4Address(10, 0, 0, 7)
    request.server = IPv4Address(10, 0, 0, 1)
    request.seconds = 3
    let bytes = request.bytes
    #expect(bytes.count == 300)
    #expect(Array(bytes[..<12]) == [1, 1, 6, 0, 0x12, 0x34, 0x56, 0x78, 0, 3, 0, 0])
    #expect(Array(bytes[28..<34]) == [0x00, 0x16, 0x3E, 0, 0, 1])
    #expect(Array(bytes[236..<243]) == [0x63, 0x82, 0x53, 0x63, 53, 1, 3])
    #expect(Array(bytes[243..<255]) == [50, 4, 10, 0, 0, 7, 54, 4, 10, 0, 0, 1])
    #expect(Array(bytes[255..<264]) == [55, 7, 1, 3, 6, 26, 51, 58, 59])
    #expect(bytes[264] == 255)
  }

  /// An offer with these options behind the type.
  private func offer(_ options: [UInt8]) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 240)
    bytes[0] = 2
    bytes[1] = 1
    bytes[2] = 6
    bytes.replaceSubrange(4..<8, with: [1, 2, 3, 4])
    bytes.replaceSubrange(16..<20, with: [10, 0, 0, 7])
    bytes.replaceSubrange(28..<34, with: [0x00, 0x16, 0x3E, 0, 0, 1])
    bytes.replaceSubrange(236..<240, with: [0x63, 0x82, 0x53, 0x63])
    return bytes + [53, 1, 2] + options
  }

  @Test func anOfferIsRead() throws {
    let bytes = offer(
      [0, 0, 1, 4, 255, 255, 255, 0, 3, 8, 10, 0, 0, 1, 10, 0, 0, 9, 6, 4, 10, 0, 0, 1, 51, 4, 0]
        + [0, 14, 16, 54, 4, 10, 0, 0, 1, 26, 2, 5, 0, 77, 3, 1, 2, 3, 255, 9, 9])
    let reply = try #require(read(bytes))
    #expect(reply.type == .offer)
    #expect(reply.transaction == 0x0102_0304)
    #expect(reply.hardware == hardware)
    #expect(reply.address == IPv4Address(10, 0, 0, 7))
    #expect(reply.mask == IPv4Address(255, 255, 255, 0))
    #expect(reply.router == IPv4Address(10, 0, 0, 1))
    #expect(reply.nameServers == [IPv4Address(10, 0, 0, 1)])
    #expect(reply.lease == 3600)
    #expect(reply.server == IPv4Address(10, 0, 0, 1))
    #expect(reply.mtu == 1280)
    #expect(reply.renewal == nil)
  }

  @Test(arguments: [
    [1, 3, 255, 255, 255], [1, 4, 255, 255, 255], [3, 0], [3, 5, 1, 2, 3, 4, 5], [6, 255, 1],
    [51], [51, 3, 1, 2, 3], [26, 1, 5], [53, 2, 1, 1],
  ])
  func anOptionWhoseLengthLiesIsRefused(options: [UInt8]) { #expect(read(offer(options)) == nil) }

  @Test func whatIsCutIsRefused() {
    let bytes = offer([1, 4, 255, 255, 255, 0])
    for count in 0..<bytes.count where count != 243 {
      #expect(read(Array(bytes[..<count])) == nil)
    }
    for place in [0, 1, 2, 236] {
      var damaged = bytes
      damaged[place] ^= 0x40
      #expect(read(damaged) == nil)
    }
  }

  private func read(_ bytes: [UInt8]) -> DHCPReply? { DHCPReply(bytes.span.bytes) }
}
