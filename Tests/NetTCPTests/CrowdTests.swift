// SPDX-License-Identifier: Apache-2.0

import NetTCP
import NetWire
import Testing
import XenFrontends

/// Many connections at once, which begin, work and end in every way.
@Suite struct CrowdTests {
  /// A client that asks, and a server that answers with the same bytes.
  private struct Client {
    let connection: TCPConnection
    let request: [UInt8]
    var written = 0
    var answer: [UInt8] = []
    let isAborted: Bool

    var isDone: Bool { connection.isOver && !connection.isReadable }
  }

  @Test(arguments: 1...4 as ClosedRange<UInt64>)
  func everyoneIsServedAndNothingIsLeft(seed: UInt64) throws {
    var limits = TCPLimits()
    limits.userMilliseconds = 3_600_000
    limits.allBuffers = 200_000
    let link = SimulatedLink(
      seed: seed,
      faults: LinkFaults(
        loss: Int(seed) * 2, duplication: 3, reordering: 10, jitterMilliseconds: 5),
      limits: [limits, limits])
    let listener = try link.hosts[1].listen(on: 80, backlog: 16)
    var chance = Chance(seed: seed)
    var clients: [Client] = []
    var servers: [TCPConnection] = []
    var rest: [ObjectIdentifier: [UInt8]] = [:]
    let end = link.now.advanced(byMilliseconds: 1_800_000)
    while link.now < end {
      if clients.count < 250, link.hosts[0].connectionCount < 100, chance.percent(60) {
        let count = chance.below(9000)
        clients.append(
          Client(
            connection: try link.connect(from: 0, to: 80),
            request: (0..<count).map { UInt8(truncatingIfNeeded: $0 &* Int(seed)) },
            isAborted: chance.percent(10)))
      }
      for place in clients.indices where !clients[place].isDone {
        work(&clients[place], &chance)
      }
      while let connection = listener.accept() { servers.append(connection) }
      servers.removeAll { serve($0, &rest[ObjectIdentifier($0), default: []]) }
      let isDone = clients.count == 250 && clients.allSatisfy { $0.isDone }
      if isDone, servers.isEmpty { break }
      _ = link.step(until: link.now.advanced(byMilliseconds: 20))
    }
    for client in clients where !client.isAborted {
      #expect(client.connection.failure == nil)
      #expect(client.answer.elementsEqual(client.request), "\(client.answer.count)")
    }
    listener.close()
    clients = []
    link.run(milliseconds: 400_000)
    for host in link.hosts {
      #expect(host.connectionCount == 0)
      #expect(host.timeWaitCount == 0)
      #expect(host.bufferBytes == 0)
      #expect(host.deadline == nil)
    }
  }

  /// What is spoiled goes through: streams are wrong, connections break, and still nothing is left behind.
  @Test(arguments: 0..<4 as Range<UInt64>)
  func spoiledSegmentsThatPassLeaveNothingBehind(part: UInt64) throws {
    var chance = Chance(seed: part)
    for run in 0..<100 as Range<UInt64> {
      let seed = part * 1000 + run
      let link = SimulatedLink(
        seed: seed, faults: LinkFaults(loss: 5, corruption: 5 + chance.below(40), reordering: 10))
      link.isTrusted = true
      guard let transfer = try Transfer(link, sizes: (30_000, 30_000), seed: seed) else { continue }
      _ = transfer.run(milliseconds: 10_000)
      for end in transfer.ends {
        end.connection.abort()
        while end.connection.isReadable { _ = end.connection.read(atMost: 1 << 16) }
      }
      link.run(milliseconds: 700_000)
      for host in link.hosts {
        #expect(host.connectionCount == 0, "seed \(seed)")
        #expect(host.timeWaitCount == 0)
        #expect(host.deadline == nil)
      }
    }
  }

  private func work(_ client: inout Client, _ chance: inout Chance) {
    let connection = client.connection
    client.written += connection.write(client.request, from: client.written)
    if client.written == client.request.count { connection.finish() }
    client.answer += connection.read(atMost: 5000)
    if client.isAborted, chance.percent(2) { connection.abort() }
  }

  /// Returns: whether the connection is served.
  private func serve(_ connection: TCPConnection, _ rest: inout [UInt8]) -> Bool {
    rest += connection.read(atMost: 3000)
    let taken = connection.write(rest)
    rest.removeFirst(taken)
    guard connection.isOver || connection.isAtEnd && rest.isEmpty else { return false }
    rest = []
    connection.close()
    return true
  }
}
