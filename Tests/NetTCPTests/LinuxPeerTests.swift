// SPDX-License-Identifier: Apache-2.0

import Glibc
import NetTCP
import NetWire
import OwnThread
import Testing
import XenFrontends

/// Linux's TCP as the peer, where a TUN device may be had.
@Suite(.serialized, .enabled(if: LinuxPeer.isPossible, "needs root and /dev/net/tun"))
struct LinuxPeerTests {
  /// Does something in a thread of its own, which has its own network.
  private func withPeer(
    _ limits: TCPLimits = TCPLimits(), mtu: Int = 1500,
    _ body: @escaping @Sendable (LinuxPeer) throws -> Void
  ) throws {
    try OwnThread.run { try body(LinuxPeer(limits: limits, mtu: mtu)) }
  }

  /// Sends a stream from Linux and another to it, at once, and compares both.
  private static func exchange(
    _ peer: LinuxPeer, _ file: Int32, _ connection: TCPConnection, count: Int
  ) throws {
    let data = (0..<65536).map { UInt8(truncatingIfNeeded: $0 &* 131 ^ $0 >> 8) }
    var sent = (linux: 0, host: 0)
    var received = (linux: 0, host: 0)
    var buffer = [UInt8](repeating: 0, count: 65536)
    func isStream(_ bytes: ArraySlice<UInt8>, _ start: Int) -> Bool {
      let first = start & 0xFFFF
      let count = min(bytes.count, 65536 - first)
      return bytes.prefix(count) == data[first..<(first + count)]
        && bytes.dropFirst(count) == data[..<(bytes.count - count)]
    }
    var isRight = true
    try peer.until("\(count) bytes both ways") {
      if sent.linux < count {
        let first = sent.linux & 0xFFFF
        let size = min(count - sent.linux, 65536 - first)
        let taken = data.withUnsafeBytes {
          send(file, $0.baseAddress?.advanced(by: first), size, Int32(MSG_NOSIGNAL))
        }
        if taken > 0 { sent.linux += taken }
        if sent.linux == count { shutdown(file, Int32(SHUT_WR)) }
      }
      if sent.host < count {
        let first = sent.host & 0xFFFF
        let size = min(count - sent.host, 65536 - first)
        sent.host += connection.write(Array(data[first..<(first + size)]))
        if sent.host == count { connection.finish() }
      }
      let bytes = connection.read(atMost: 65536)
      isRight = isRight && isStream(bytes[...], received.host)
      received.host += bytes.count
      let taken = recv(file, &buffer, buffer.count, 0)
      if taken > 0 {
        isRight = isRight && isStream(buffer[..<taken], received.linux)
        received.linux += taken
      }
      return taken == 0 && connection.isAtEnd
    }
    #expect(isRight)
    #expect(received == (linux: count, host: count))
    #expect(connection.failure == nil)
  }

  @Test func manyBytesBothWays() throws {
    try withPeer { peer in
      let (file, connection) = try peer.pair(peer.host.listen(on: 80, backlog: 4))
      try Self.exchange(peer, file, connection, count: 10_000_000)
      #expect(peer.host.statistics.malformed == 0)
    }
  }

  @Test func largeWindowsAndSegments() throws {
    var limits = TCPLimits()
    limits.receiveBuffer = 1 << 20
    limits.sendBuffer = 1 << 20
    limits.allBuffers = 4 << 20
    try withPeer(limits, mtu: 9000) { peer in
      peer.host.offloadsChecksum = true
      peer.host.segmentsAtOnce = true
      let (file, connection) = try peer.pair(peer.host.listen(on: 80, backlog: 4))
      try Self.exchange(peer, file, connection, count: 20_000_000)
    }
  }

  @Test(arguments: [(2, 2_000_000), (10, 200_000)])
  func bytesOverALinkThatLoses(loss: Int, count: Int) throws {
    try withPeer { peer in
      peer.loss = loss
      let (file, connection) = try peer.pair(peer.host.listen(on: 80, backlog: 4))
      try Self.exchange(peer, file, connection, count: count)
      #expect(peer.host.statistics.retransmissions > 0)
    }
  }

  @Test func theHostConnectsToLinux() throws {
    try withPeer { peer in
      let listener = try peer.listen(7000)
      let connection = try peer.host.connect(
        to: NetEndpoint(peer.linux, port: 7000), from: peer.address, now: peer.now)
      let file = try peer.accept(listener)
      #expect(connection.state == .established)
      try Self.exchange(peer, file, connection, count: 1_000_000)
    }
  }

  @Test func manyShortConnections() throws {
    var limits = TCPLimits()
    limits.timeWait = 100
    try withPeer(limits) { peer in
      let listener = try peer.host.listen(on: 80, backlog: 4)
      for round in 0..<500 {
        let (file, connection) = try peer.pair(listener)
        _ = send(file, [1, 2, 3] as [UInt8], 3, 0)
        try peer.until("request") { connection.readableCount == 3 }
        #expect(connection.read(atMost: 10) == [1, 2, 3])
        #expect(connection.write([4, 5]) == 2)
        // Each side ends first in its turn.
        if round % 2 == 0 { connection.close() }
        var answer = [UInt8](repeating: 0, count: 10)
        try peer.until("answer") { recv(file, &answer, 10, 0) == 2 }
        #expect(answer[..<2] == [4, 5])
        shutdown(file, Int32(SHUT_WR))
        if round % 2 == 1 {
          try peer.until("end") { connection.isAtEnd }
          connection.close()
        }
        try peer.until("end of the answer") { recv(file, &answer, 10, 0) == 0 }
      }
      try peer.until("no connections") { peer.host.connectionCount == 0 }
      #expect(peer.host.timeWaitCount <= 100)
      #expect(peer.host.statistics.resetsSent == 0)
    }
  }

  @Test func resetsAreUnderstoodBothWays() throws {
    try withPeer { peer in
      let listener = try peer.host.listen(on: 80, backlog: 4)
      let (first, connection) = try peer.pair(listener)
      connection.abort()
      var byte = [UInt8](repeating: 0, count: 1)
      try peer.until("reset of Linux's end") {
        recv(first, &byte, 1, 0) < 0 && errno == ECONNRESET
      }
      let (second, other) = try peer.pair(listener)
      var linger = linger(l_onoff: 1, l_linger: 0)
      setsockopt(
        second, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout.size(ofValue: linger)))
      shutdown(second, Int32(SHUT_RDWR))
      _ = dup2(first, second)
      try peer.until("reset or end of the host's end") { other.isOver || other.isAtEnd }
      // Nobody listens.
      let refused = try peer.connect(81)
      var error: Int32 = 0
      try peer.until("refusal") {
        var size = socklen_t(4)
        getsockopt(refused, SOL_SOCKET, SO_ERROR, &error, &size)
        return error != 0
      }
      #expect(error == ECONNREFUSED)
      let attempt = try peer.host.connect(
        to: NetEndpoint(peer.linux, port: 7001), from: peer.address, now: peer.now)
      try peer.until("refusal by Linux") { attempt.isOver }
      #expect(attempt.failure == .refused)
    }
  }

  @Test func readersThatSleepCloseTheirWindows() throws {
    var limits = TCPLimits()
    limits.receiveBuffer = 8192
    try withPeer(limits) { peer in
      let (file, connection) = try peer.pair(peer.host.listen(on: 80, backlog: 4))
      let block = [UInt8](repeating: 7, count: 65536)
      // Neither side reads until both are full.
      let end = peer.now.advanced(byMilliseconds: 1500)
      var counts = (linux: 0, host: 0)
      while peer.now < end {
        counts.linux += max(0, send(file, block, block.count, Int32(MSG_NOSIGNAL)))
        counts.host += connection.write(block)
        peer.pump()
      }
      #expect(connection.readableCount == 8192)
      var received = (linux: 0, host: 0)
      var buffer = [UInt8](repeating: 0, count: 3000)
      try peer.until("everything") {
        received.linux += max(0, recv(file, &buffer, buffer.count, 0))
        received.host += connection.read(atMost: 3000).count
        return received.linux == counts.host && received.host == counts.linux
      }
      #expect(connection.state == .established)
    }
  }

  @Test func urgentDataIsSeenBothWays() throws {
    try withPeer { peer in
      let (file, connection) = try peer.pair(peer.host.listen(on: 80, backlog: 4))
      _ = send(file, [1, 2, 3] as [UInt8], 3, Int32(MSG_OOB))
      try peer.until("urgent data") { connection.readableCount == 3 }
      #expect(connection.urgentCount == 3)
      #expect(connection.read(atMost: 3) == [1, 2, 3])
      #expect(connection.write([9]) == 1)
      connection.markUrgent()
      var byte = [UInt8](repeating: 0, count: 1)
      try peer.until("urgent byte") { recv(file, &byte, 1, Int32(MSG_OOB)) == 1 }
      #expect(byte == [9])
    }
  }
}
