// SPDX-License-Identifier: Apache-2.0

import NetTCP
import NetWire
import Testing
import XenFrontends

@Suite struct ListenerTests {
  @Test func aPortIsOpenedOnce() throws {
    let script = Script()
    let listener = try script.host.listen(on: 80, backlog: 1)
    #expect(throws: TCPError.portInUse) { _ = try script.host.listen(on: 80, backlog: 1) }
    #expect(throws: TCPError.unusableAddress) { _ = try script.host.listen(on: 0, backlog: 1) }
    listener.close()
    _ = try script.host.listen(on: 80, backlog: 1)
    for port in 81...95 as ClosedRange<UInt16> { _ = try script.host.listen(on: port, backlog: 1) }
    #expect(throws: TCPError.tooManyListeners) { _ = try script.host.listen(on: 96, backlog: 1) }
  }

  @Test func connectionsBeyondTheBacklogWait() throws {
    let script = Script()
    let listener = try script.host.listen(on: 80, backlog: 2)
    for port in 1...2 as ClosedRange<UInt16> { try open(script, port) }
    // Nobody accepts: the third is not answered.
    script.peerPort = 3
    script.start = nil
    script.send("S", options: .plain)
    script.expectNothing()
    #expect(listener.accept()?.remote.port == 1)
    try open(script, 3)
    #expect(listener.accept()?.remote.port == 2)
    #expect(listener.accept()?.remote.port == 3)
    #expect(listener.accept() == nil)
  }

  private func open(_ script: Script, _ port: UInt16) throws {
    script.peerPort = port
    script.start = nil
    script.send("S", options: .plain)
    try script.expect("S.", 0, 1)
    script.send(".", 1, 1)
  }

  @Test func aHostWithoutALinkHasNothing() throws {
    let script = Script()
    let listener = try script.host.listen(on: 80, backlog: 4)
    for port in 1...3 as ClosedRange<UInt16> { try open(script, port) }
    let connection = try #require(listener.accept())
    #expect(connection.write([1, 2, 3]) == 3)
    script.host.close()
    #expect(script.host.connectionCount == 0)
    #expect(script.host.bufferBytes == 0)
    #expect(script.host.deadline == nil)
    script.expectNothing()
    #expect(connection.failure == .aborted)
    #expect(connection.isAtEnd)
    #expect(connection.write([4]) == 0)
    #expect(listener.isClosed)
  }

  @Test func aConnectionThatIsCompleteWhenThereIsNoRoomWaits() throws {
    let script = Script()
    let listener = try script.host.listen(on: 80, backlog: 2)
    var starts: [UInt16: UInt32] = [:]
    for port in 1...2 as ClosedRange<UInt16> {
      script.peerPort = port
      script.start = nil
      script.send("S", options: .plain)
      try script.expect("S.", 0, 1)
      starts[port] = script.start
    }
    try open(script, 7)
    // A cookie, as two are half open.
    #expect(script.host.statistics.cookiesSent == 1)
    script.peerPort = 1
    script.start = starts[1]
    script.send(".", 1, 1)
    script.peerPort = 2
    script.start = starts[2]
    script.send("P.", 1, 1, count: 3)
    script.expectNothing()
    #expect(listener.accept()?.remote.port == 7)
    #expect(listener.accept()?.remote.port == 1)
    #expect(listener.accept() == nil)
    script.send("P.", 1, 1, count: 3)
    #expect(listener.accept()?.readableCount == 3)
  }

  @Test func whatWasNotAcceptedIsResetWhenTheListenerCloses() throws {
    let script = Script()
    let listener = try script.host.listen(on: 80, backlog: 2)
    try open(script, 1)
    listener.close()
    try script.expect("R.", 1, 1)
    #expect(script.host.connectionCount == 0)
    script.start = nil
    script.send("S", options: .plain)
    script.start = 0
    try script.expect("R.", 0, 1)
  }

  @Test func aHalfOpenConnectionOfAClosedListenerIsReset() throws {
    let script = Script()
    let listener = try script.host.listen(on: 80, backlog: 2)
    script.send("S", options: .plain)
    try script.expect("S.", 0, 1)
    listener.close()
    script.send(".", 1, 1)
    try script.expect("R.", 1, 1)
    #expect(script.host.connectionCount == 0)
  }

  @Test func aListenerSaysThatItHasSomething() throws {
    let script = Script()
    let listener = try script.host.listen(on: 80, backlog: 8)
    script.send("S", options: .plain)
    try script.expect("S.", 0, 1)
    #expect(!listener.isReady)
    script.send(".", 1, 1)
    #expect(listener.isReady)
    let connection = try #require(listener.accept())
    #expect(!listener.isReady && !connection.isReadable)
    script.send("F.", 1, 1, count: 10)
    #expect(connection.isReadable && !connection.isAtEnd)
  }

  @Test func theTableOfConnectionsIsBounded() throws {
    var limits = TCPLimits()
    limits.connections = 20
    let script = Script(limits: limits)
    let listener = try script.host.listen(on: 80, backlog: 100)
    var kept: [TCPConnection] = []
    for port in 1...20 as ClosedRange<UInt16> {
      try open(script, port)
      kept.append(try #require(listener.accept()))
    }
    script.peerPort = 21
    script.send("S", options: .plain)
    script.expectNothing()
    #expect(throws: TCPError.tooManyConnections) {
      _ = try script.host.connect(
        to: NetEndpoint(script.peer, port: 9), from: script.address, now: script.now)
    }
    for connection in kept { connection.abort() }
    while script.host.nextSegment(now: script.now) != nil {}
    #expect(script.host.connectionCount == 0)
    try open(script, 21)
  }
}
