// SPDX-License-Identifier: Apache-2.0

import NetStack
import NetWire
import Testing

@Suite struct FragmentTests {
  private let host = Host(2)
  private let peer = EthernetAddress(rawValue: 0x0016_3E00_0001)

  /// Sends parts of a UDP datagram: offset, count and whether more follows. Returns what arrives.
  private func receive(_ parts: [(Int, Int, Bool)], identification: UInt16 = 7) throws -> [UInt8]? {
    let port = try host.stack.openPort(0)
    defer { host.stack.close(port) }
    let total = parts.map { $0.0 + $0.1 }.max() ?? 0
    let payload = [UInt8](repeating: 7, count: total)
    var writer = PacketWriter()
    UDPHeader(from: 9, to: port.number, payloadCount: min(total, 65_535) - 8).append(
      to: &writer, Array(payload[..<(min(total, 65_535) - 8)]), from: .v4(Host.address(1)),
      to: .v4(Host.address(2)), isCompletedLater: false)
    let datagram = writer.bytes + payload
    for (offset, count, hasMore) in parts {
      var header = IPv4Header(from: Host.address(1), to: Host.address(2), .udp, payloadCount: count)
      header.identification = identification
      header.fragmentOffset = offset
      header.hasMoreFragments = hasMore
      host.receive(
        TestFrame.ipv4(
          header, Array(datagram[offset..<(offset + count)]), from: peer, to: host.station)
      )
    }
    return port.take()?.bytes
  }

  @Test func partsInAnyOrderBecomeADatagram() throws {
    let parts = [(0, 16, true), (16, 8, true), (24, 24, true), (48, 5, false)]
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2], [2, 0, 3, 1]] {
      #expect(try receive(order.map { parts[$0] })?.count == 45)
    }
    #expect(try receive([(0, 16, true), (0, 16, true), (16, 8, false)])?.count == 16)
  }

  @Test(arguments: [
    [(0, 16, true), (8, 16, false)],  // Overlap.
    [(0, 16, true), (8, 8, true), (16, 8, false)],
    [(8, 8, false), (0, 16, true)],
    [(8, 16, true), (0, 16, true), (32, 8, false)],  // Overlap and a hole of the same size.
    [(0, 12, true), (12, 8, false)],  // A part that is no multiple of eight.
    [(0, 16, true), (16, 8, false), (24, 8, false)],  // Two ends.
    [(0, 16, true), (32, 8, false), (40, 8, true)],  // Behind the end.
    [(0, 16, true)], [(16, 8, false)],
    [(0, 16, true), (65_512, 8, false)],  // Too large.
  ])
  func partsThatContradictMakeNothing(parts: [(Int, Int, Bool)]) throws {
    #expect(try receive(parts) == nil)
    // What comes afterwards is not hurt.
    #expect(try receive([(0, 16, true), (16, 8, false)], identification: 8)?.count == 16)
  }

  @Test(arguments: [(128, true), (129, false)])
  func aDatagramHasNotAnyNumberOfParts(count: Int, isWhole: Bool) throws {
    let parts = (0..<count).map { (8 * $0, 8, $0 < count - 1) }
    #expect(try (receive(parts) != nil) == isWhole)
    #expect(host.stack.counters.incomplete == (isWhole ? 0 : 1))
  }

  @Test func theOldestDatagramMakesRoom() throws {
    let port = try host.stack.openPort(5000)
    func part(_ identification: UInt16, isFirst: Bool) {
      var header = IPv4Header(from: Host.address(1), to: Host.address(2), .udp, payloadCount: 8)
      header.identification = identification
      header.fragmentOffset = isFirst ? 0 : 8
      header.hasMoreFragments = isFirst
      // The header of a datagram without a checksum, or its eight bytes.
      let bytes: [UInt8] = isFirst ? [0, 9, 0x13, 0x88, 0, 16, 0, 0] : [1, 2, 3, 4, 5, 6, 7, 8]
      host.receive(TestFrame.ipv4(header, bytes, from: peer, to: host.station))
    }
    for number in 1...5 as ClosedRange<UInt16> { part(number, isFirst: true) }
    part(1, isFirst: false)
    #expect(port.take() == nil)
    part(5, isFirst: false)
    #expect(port.take()?.bytes == [1, 2, 3, 4, 5, 6, 7, 8])
  }

  @Test func aFloodIsBoundedAndGoesByWithTime() throws {
    for number in 0..<5000 {
      _ = try receive([(0, 1024, true)], identification: UInt16(number))
    }
    #expect(try receive([(0, 16, true), (16, 8, false)], identification: 9999)?.count == 16)
    #expect(host.stack.deadline != nil)
    host.wait(15_001)
    _ = host.frames()
    #expect(host.stack.deadline == nil)
  }
}
