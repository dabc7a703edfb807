// SPDX-License-Identifier: Apache-2.0

import Glibc
import NetIPv6
import NetStack
import NetTCP
import NetWire
import OwnThread
import Testing
import XenFrontends

/// Linux as a neighbour, where the test may have one.
@Suite(.serialized, .enabled(if: LinuxLink.isPossible, "needs root, /dev/net/tun and IPv6"))
struct LinuxLinkTests {
  /// Does something in a thread of its own, which has its own network, once both ends have addresses.
  private func withLink(
    mtu: Int = 1500, _ body: @escaping @Sendable (LinuxLink) throws -> Void
  ) throws {
    try OwnThread.run {
      let link = try LinuxLink(mtu: mtu)
      try link.until("address") { link.node.layer.hasAddress }
      // Linux has one as soon.
      let end = LinuxLink.now.advanced(byMilliseconds: 2500)
      while LinuxLink.now < end { link.pump() }
      try body(link)
    }
  }

  @Test func pingsAndDatagramsGoBothWays() throws {
    try withLink { try Self.talk($0) }
  }

  private static func talk(_ link: LinuxLink) throws {
    let ping = try link.open(SOCK_RAW, Int32(IPPROTO_ICMPV6))
    try link.connect(ping, 0)
    // Small, and in parts.
    for count in [8, 1400, 5000] {
      let data = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
      let message: [UInt8] = [128, 0, 0, 0, 0, 0, 0, 1] + data
      #expect(send(ping, message, message.count, 0) == message.count)
      var reply: [UInt8] = []
      // All messages of the link come here.
      while reply.first != 129 { reply = try link.receive(ping, "reply of \(count)") }
      #expect(Array(reply[8...]) == data)
    }
    let port = try link.node.stack.openPort(7)
    let socket = try link.open(SOCK_DGRAM)
    try link.bind(socket, 9)
    try link.connect(socket, 7)
    for count in [1, 1452, 1453, 20_000] {
      let data = (0..<count).map { UInt8(truncatingIfNeeded: $0 * 3) }
      #expect(send(socket, data, count, 0) == count)
      try link.until("datagram of \(count)") { port.isReadable }
      let datagram = try #require(port.take())
      #expect(datagram == Datagram(data, from: NetEndpoint(.v6(link.linux), port: 9)))
      try link.node.stack.send(data, from: port, to: datagram.sender, now: LinuxLink.now)
      #expect(try link.receive(socket, "datagram of \(count) back") == data)
    }
    // Linux hears that nobody is at a port, and we do.
    let other = try link.open(SOCK_DGRAM)
    try link.connect(other, 99)
    _ = send(other, [1], 1, 0)
    try link.until("refusal by us") { recv(other, nil, 0, 0) < 0 && errno == ECONNREFUSED }
    let nobody = NetEndpoint(.v6(link.linux), port: 4)
    try link.node.stack.send([1], from: port, to: nobody, now: LinuxLink.now)
    try link.until("refusal by Linux") { port.takeRefusal() == nobody }
    #expect(link.node.stack.counters.malformed == 0)
  }

  @Test(arguments: [1500, 1280]) func connectionsCarryBytesBothWays(mtu: Int) throws {
    try withLink(mtu: mtu) { try Self.connect($0, mtu) }
  }

  private static func connect(_ link: LinuxLink, _ mtu: Int) throws {
    let listener = try link.node.tcp.listen(on: 80, backlog: 4)
    let file = try link.open(SOCK_STREAM)
    try link.connect(file, 80)
    var accepted: TCPConnection?
    try link.until("connection of Linux") {
      accepted = listener.accept()
      return accepted != nil
    }
    try exchange(link, file, try #require(accepted))
    let own = try link.open(SOCK_STREAM)
    try link.bind(own, 81)
    #expect(listen(own, 4) == 0)
    let connection = try link.node.tcp.connect(
      to: NetEndpoint(.v6(link.linux), port: 81), from: .v6(link.node.near), now: LinuxLink.now)
    var other: Int32 = -1
    try link.until("connection to Linux") {
      other = accept(own, nil, nil)
      return other >= 0
    }
    defer { close(other) }
    _ = fcntl(other, F_SETFL, O_NONBLOCK)
    try exchange(link, other, connection)
    #expect(link.node.sent.allSatisfy { $0.count <= mtu + 14 })
    #expect(link.node.tcp.statistics.malformed == 0)
  }

  private static func exchange(_ link: LinuxLink, _ file: Int32, _ connection: TCPConnection) throws
  {
    let data = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
    var (sent, received, back): (Int, [UInt8], [UInt8]) = (0, [], [])
    var written = 0
    try link.until("bytes both ways") {
      if sent < data.count {
        let count = data[sent...].withUnsafeBytes {
          send(file, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        sent += max(0, count)
      }
      received += connection.read(atMost: 100_000)
      if written < data.count { written += connection.write(data, from: written) }
      var bytes = [UInt8](repeating: 0, count: 65536)
      let count = recv(file, &bytes, bytes.count, 0)
      if count > 0 { back += bytes[..<count] }
      return received.count == data.count && back.count == data.count
    }
    #expect(received == data && back == data)
  }
}
