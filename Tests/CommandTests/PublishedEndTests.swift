// SPDX-License-Identifier: Apache-2.0

import AgentMultiplexer
import AgentProtocol
import Glibc
import HostSystem
import SystemPackage
import Testing

@testable import PVHCommand

/// What becomes of the clients of published ports when the guest ends.
@Suite(.timeLimit(.minutes(10))) struct PublishedEndTests {
  private let agent: ForwardingAgent
  private let conversation: AgentClient
  private let ports: PublishedPorts

  init() throws {
    agent = ForwardingAgent()
    conversation = AgentClient(agent)
    ports = try PublishedPorts([try PortPublication(argument: "0:80")])
    ports.begin()
  }

  /// Connects a client; its number is 1.
  private func connected(receiveBuffer: Int32? = nil) throws -> LoopbackClient {
    let client = try LoopbackClient(ports.ports[0], receiveBuffer: receiveBuffer)
    #expect(ports.descriptor.isReadable(within: 100_000))
    try ports.advance(conversation)
    #expect(agent.opened == [1])
    return client
  }

  private func say(_ piece: RelayPiece) throws {
    try ports.take(agent.says(1, piece), conversation)
  }

  /// The processor's seconds that the end takes: one that waits takes next to none.
  private func secondsOfEnd() -> Double {
    func seconds() -> Double {
      var time = timespec()
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
      return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
    let start = seconds()
    ports.conclude()
    return seconds() - start
  }

  /// Sends until neither the client nor the kernel takes more; returns what was sent.
  private func fill() throws -> [UInt8] {
    var sent: [UInt8] = []
    while true {
      let count = min(agent.room(1), 32 << 10)
      if count > 0 {
        let piece = (0..<count).map { UInt8(truncatingIfNeeded: (sent.count + $0) &* 31 >> 3) }
        try say(.data(piece))
        sent += piece
      } else if ports.descriptor.isReadable(within: 200) {
        try ports.advance(conversation)
      } else {
        return sent
      }
    }
  }

  /// A client that has sent more than was read gets the whole answer, and then its end.
  @Test func unreadBytesOfAClientDoNotBreakItsConnection() throws {
    let client = try connected()
    try say(.data(Array("the answer".utf8)))
    try client.write([UInt8](repeating: 7, count: 10_000))
    client.end()
    ports.conclude()
    #expect(try client.read(100) == Array("the answer".utf8))
  }

  /// The guest's socket had unread bytes itself: it said all that it had to say before it broke off.
  @Test func aGuestThatBreaksOffAfterItsEndHasSaidAll() throws {
    let client = try connected(receiveBuffer: 4096)
    let sent = try fill()
    try client.write([1, 2, 3])
    try say(.end)
    try say(.broken(nil))
    let reader = client.readApart(sent.count + 1)
    while !reader.isDone {
      _ = ports.descriptor.isReadable(within: 20)
      try ports.advance(conversation)
    }
    #expect(reader.join() == sent)
  }

  @Test func whatAClientHasNotTakenItGetsWhileItTakesIt() throws {
    let client = try connected(receiveBuffer: 4096)
    let sent = try fill()
    let reader = client.readApart(sent.count + 1)
    ports.conclude()
    #expect(reader.join() == sent)
  }

  /// Nobody is accepted any more, and who waits for that does not keep the loop awake; nor does a client that
  /// neither takes anything nor ends.
  @Test func theEndWaitsWithoutWork() throws {
    let client = try connected(receiveBuffer: 4096)
    _ = try fill()
    let late = try LoopbackClient(ports.ports[0])
    #expect(secondsOfEnd() < 0.1)
    #expect(agent.opened == [1])
    withExtendedLifetime((client, late)) {}
  }

  /// One that is gone is ready for ever.
  @Test func aClientThatHasBrokenOffIsNoWork() throws {
    let client = try connected(receiveBuffer: 4096)
    _ = try fill()
    client.abort()
    #expect(secondsOfEnd() < 0.1)
  }
}
