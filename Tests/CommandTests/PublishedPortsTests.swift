// SPDX-License-Identifier: Apache-2.0

import AgentMultiplexer
import AgentProtocol
import Glibc
import HostSystem
import SystemPackage
import Testing

@testable import PVHCommand

/// Published ports between clients of this machine and an agent that the test plays.
@Suite(.timeLimit(.minutes(10))) struct PublishedPortsTests {
  private let agent: ForwardingAgent
  private let conversation: AgentClient
  private let said = Said()

  init() {
    agent = ForwardingAgent()
    conversation = AgentClient(agent)
  }

  private final class Said {
    var lines: [String] = []
  }

  private func ports(
    limit: Int = 512,
    accept: @escaping (FileDescriptor) throws(Errno) -> FileDescriptor? = {
      listener throws(Errno) in try InternetSocket.accept(on: listener)
    }
  ) throws -> PublishedPorts {
    let said = said
    return try PublishedPorts(
      [try PortPublication(argument: "0:80")], limit: limit,
      accept: accept,
      say: { said.lines.append($0) })
  }

  /// Lets the ports work until something has come about.
  private func work(_ ports: PublishedPorts, until isDone: () throws -> Bool) throws {
    let deadline = MonotonicTime.now.adding(milliseconds: 120_000)
    while try !isDone() {
      try #require(MonotonicTime.now < deadline)
      _ = ports.descriptor.isReadable(until: .now.adding(milliseconds: 20))
      try ports.advance(conversation)
      for part in agent.takeGrants() { try ports.take(part, conversation) }
    }
  }

  /// Opens the ports, and connects a client; its number is 1.
  private func connected(_ ports: PublishedPorts) throws -> LoopbackClient {
    ports.begin()
    let client = try LoopbackClient(ports.ports[0])
    try work(ports) { agent.opened == [1] }
    #expect(agent.port(of: 1) == 80)
    return client
  }

  private func say(_ piece: RelayPiece, of number: Int = 1, _ ports: PublishedPorts) throws {
    try ports.take(agent.says(number, piece), conversation)
  }

  @Test func bytesGoBothWays() throws {
    let ports = try ports()
    let client = try connected(ports)
    try client.write(Array("question".utf8))
    try work(ports) { agent.heard(1) == Array("question".utf8) }
    try say(.data(Array("answer".utf8)), ports)
    #expect(try client.read(6) == Array("answer".utf8))
    // More than one window each way, which the agent of the test holds the ports to.
    let text = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
    let writer = client.writeApart(text)
    try work(ports) { agent.heard(1).count == 8 + text.count }
    writer.join()
    #expect(Array(agent.heard(1).dropFirst(8)) == text)
    let reader = client.readApart(text.count)
    var rest = text[...]
    try work(ports) {
      let piece = Array(rest.prefix(min(agent.room(1), 10_000)))
      rest.removeFirst(piece.count)
      if !piece.isEmpty { try say(.data(piece), ports) }
      return rest.isEmpty && reader.isDone
    }
    #expect(reader.join() == text)
  }

  @Test func eachDirectionEndsForItself() throws {
    let ports = try ports()
    let client = try connected(ports)
    client.end()
    try work(ports) { agent.hasEnded(1) }
    try say(.data(Array("later".utf8)), ports)
    #expect(try client.read(5) == Array("later".utf8))
    try say(.end, ports)
    #expect(try client.read(1) == [])
    let other = try LoopbackClient(ports.ports[0])
    try work(ports) { agent.opened == [1, 2] }
    try say(.end, of: 2, ports)
    #expect(try other.read(1) == [])
    try other.write(Array("still".utf8))
    try work(ports) { agent.heard(2) == Array("still".utf8) }
  }

  @Test func nobodyIsAcceptedBeforeThereIsAGuest() throws {
    let ports = try ports()
    let client = try LoopbackClient(ports.ports[0])
    try client.write([1])
    #expect(!ports.descriptor.isReadable(within: 50))
    try ports.advance(conversation)
    #expect(agent.opened.isEmpty)
    ports.begin()
    try work(ports) { agent.heard(1) == [1] }
  }

  @Test func aRefusalIsSaidOnceAndBreaksTheConnection() throws {
    let ports = try ports()
    let clients = [try connected(ports), try LoopbackClient(ports.ports[0])]
    try work(ports) { agent.opened == [1, 2] }
    for (index, client) in clients.enumerated() {
      try say(.broken("nothing in the guest listens on port 80"), of: index + 1, ports)
      let error = #expect(throws: Errno.self) { try client.read(1) }
      #expect(error == .connectionReset)
    }
    #expect(
      said.lines == ["pvh: a connection was closed: nothing in the guest listens on port 80"])
  }

  @Test func aClientThatBreaksOffIsSaidToTheAgentAndLeavesOthersAlone() throws {
    let ports = try ports()
    let client = try connected(ports)
    let other = try LoopbackClient(ports.ports[0])
    try work(ports) { agent.opened == [1, 2] }
    client.abort()
    try work(ports) { agent.hasBroken(1) }
    // What was on its way to it is no error, and goes to nobody else.
    try say(.data([1]), ports)
    try other.write([2])
    try work(ports) { agent.heard(2) == [2] }
    _ = try LoopbackClient(ports.ports[0])
    try work(ports) { agent.opened == [1, 2, 3] }
    #expect(said.lines.isEmpty)
  }

  @Test func anAgentThatSendsTooMuchIsToldSo() throws {
    let ports = try ports()
    let client = try connected(ports)
    try say(.end, ports)
    try ports.take(ForwardedPart(1, .data([1])), conversation)
    #expect(agent.hasBroken(1))
    #expect(throws: Errno.self) {
      try client.write([1]); while try !client.read(1).isEmpty {}
    }
  }

  @Test func moreThanTheLimitWait() throws {
    let ports = try ports(limit: 2)
    let clients = try (0..<3).map { _ in try LoopbackClient(ports.ports[0]) }
    ports.begin()
    try work(ports) { agent.opened == [1, 2] }
    try ports.advance(conversation)
    #expect(agent.opened == [1, 2])
    #expect(!ports.descriptor.isReadable(within: 50))
    clients[0].abort()
    try work(ports) { agent.opened == [1, 2, 3] }
  }

  @Test(arguments: [true, false])
  func withoutDescriptorsNobodyIsAcceptedForAWhile(connectionEnds: Bool) throws {
    // The kernel's answer, for all but the first.
    let isShort = Said()
    let ports = try ports { listener throws(Errno) in
      guard isShort.lines.isEmpty else {
        isShort.lines.append("")
        throw .tooManyOpenFiles
      }
      return try InternetSocket.accept(on: listener)
    }
    let first = try connected(ports)
    isShort.lines = ["from now on"]
    _ = try LoopbackClient(ports.ports[0])
    try work(ports) { isShort.lines.count == 2 }
    // It waits, although somebody waits to be accepted; but not without end.
    #expect(!ports.descriptor.isReadable())
    try work(ports) { isShort.lines.count == 3 }
    isShort.lines = []
    if connectionEnds { first.abort() }
    try work(ports) { agent.opened == [1, 2] }
    #expect(said.lines.count == 1)
    #expect(said.lines.first?.contains("no connection can be accepted now") == true)
  }
}
