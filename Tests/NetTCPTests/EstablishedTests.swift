// SPDX-License-Identifier: Apache-2.0

import NetTCP
import NetWire
import Testing
import XenFrontends

@Suite struct EstablishedTests {
  @Test func dataIsReadAndAcknowledgedAfterAWhile() throws {
    let script = Script()
    let connection = try script.accepted()
    script.send("P.", 1, 1, count: 100)
    #expect(connection.isReadable)
    #expect(connection.read(atMost: 60) == Script.pattern(1, 60))
    #expect(connection.read(atMost: 60) == Script.pattern(61, 40))
    #expect(connection.read(atMost: 60) == [])
    script.expectNothing()
    let deadline = try #require(script.host.deadline)
    #expect(deadline.rawValue - script.now.rawValue == 40_000_000)
    script.advance(40)
    try script.expect(".", 1, 101)
    #expect(script.host.deadline == nil)
  }

  @Test func everySecondFullSegmentIsAcknowledgedAtOnce() throws {
    let script = Script()
    _ = try script.accepted()
    script.send(".", 1, 1, count: 1000)
    script.expectNothing()
    script.send(".", 1001, 1, count: 1000)
    try script.expect(".", 1, 2001)
    script.send(".", 2001, 1, count: 1000)
    script.expectNothing()
  }

  @Test func anAnswerTakesTheAcknowledgmentWithIt() throws {
    let script = Script()
    let connection = try script.accepted()
    script.send("P.", 1, 1, count: 100)
    #expect(connection.write([1, 2, 3]) == 3)
    let data = try script.expect("P.", 1, 101, count: 3)
    #expect(data.payload == [1, 2, 3])
    script.expectNothing()
    script.advance(100)
    script.expectNothing()
  }

  @Test func whatComesOutOfOrderIsKeptAndSaid() throws {
    let script = Script()
    let connection = try script.accepted(.withSACK)
    script.send(".", 1001, 1, count: 1000)
    #expect(try script.expect(".", 1, 1).options.blocks == [1001..<2001])
    script.send(".", 3001, 1, count: 1000)
    #expect(try script.expect(".", 1, 1).options.blocks == [3001..<4001, 1001..<2001])
    script.send(".", 5001, 1, count: 10)
    script.send(".", 7001, 1, count: 10)
    script.send(".", 9001, 1, count: 10)
    // Four have room, the latest first.
    #expect(
      try script.expect(".", 1, 1).options.blocks == [
        9001..<9011, 7001..<7011, 5001..<5011, 3001..<4001,
      ])
    script.send(".", 2001, 1, count: 1000)
    #expect(try script.expect(".", 1, 1).options.blocks.first == 1001..<4001)
    #expect(!connection.isReadable)
    script.send(".", 1, 1, count: 1000)
    try script.expect(".", 1, 4001)
    #expect(connection.read(atMost: 5000) == Script.pattern(1, 4000))
  }

  @Test func withoutSACKTheGapIsAcknowledgedAtOnce() throws {
    let script = Script()
    let connection = try script.accepted()
    for _ in 0..<3 {
      script.send(".", 1001, 1, count: 1000)
      #expect(try script.expect(".", 1, 1).options == ScriptOptions())
    }
    script.send(".", 1, 1, count: 1000)
    try script.expect(".", 1, 2001)
    #expect(connection.readableCount == 2000)
  }

  @Test func whatOverlapsIsTakenOnce() throws {
    let script = Script()
    let connection = try script.accepted(.withSACK)
    script.send(".", 1, 1, count: 10)
    script.send(".", 6, 1, count: 10)
    script.send(".", 30, 1, count: 10)
    script.send(".", 25, 1, count: 20)
    script.send(".", 10, 1, count: 20)
    #expect(connection.read(atMost: 100) == Script.pattern(1, 44))
  }

  @Test func whatIsOldIsAcknowledgedAgain() throws {
    let script = Script()
    let connection = try script.accepted()
    script.send(".", 1, 1, count: 1000)
    script.send(".", 1001, 1, count: 1000)
    try script.expect(".", 1, 2001)
    script.send(".", 1, 1, count: 1000)
    try script.expect(".", 1, 2001)
    #expect(connection.readableCount == 2000)
  }

  @Test func whatIsBeyondTheWindowIsCutOff() throws {
    var limits = TCPLimits()
    limits.receiveBuffer = 4096
    let script = Script(limits: limits)
    let connection = try script.accepted()
    script.send(".", 1, 1, count: 4000)
    script.send("F.", 4001, 1, count: 500)
    #expect(connection.readableCount == 4096)
    #expect(connection.state == .established)
    try script.expect(".", 1, 4097, window: 0)
    // All of it.
    script.send("P.", 4097, 1, count: 10)
    try script.expect(".", 1, 4097, window: 0)
    #expect(connection.readableCount == 4096)
  }

  @Test func urgentDataIsAnnounced() throws {
    let script = Script()
    let connection = try script.accepted()
    script.send("PU.", 1, 1, count: 10, urgent: 4)
    #expect(connection.urgentCount == 4)
    #expect(connection.read(atMost: 3).count == 3)
    #expect(connection.urgentCount == 1)
    #expect(connection.read(atMost: 1).count == 1)
    #expect(connection.urgentCount == 0)
    // Beyond what arrived.
    script.send("PU.", 11, 1, count: 2, urgent: 1000)
    #expect(connection.urgentCount == 6 + 1000)
    #expect(connection.write([1, 2, 3, 4]) == 4)
    connection.markUrgent()
    let sent = try script.expect("PU.", 1, 13, count: 4)
    #expect(sent.urgent == 4)
    script.send(".", 13, 5)
    #expect(connection.write([5]) == 1)
    try script.expect("P.", 5, 13, count: 1)
  }

  @Test func largeSegmentsFromBelowAreTaken() throws {
    let script = Script()
    let connection = try script.accepted()
    script.send("P.", 1, 1, count: 65000)
    #expect(connection.read(atMost: 70_000) == Script.pattern(1, 65000))
    try script.expect(".", 1, 65001, window: 65535)
  }

  @Test func aWrongChecksumIsNotForgiven() throws {
    let script = Script()
    let connection = try script.accepted()
    var bytes = script.bytes(
      ScriptSegment(flags: "P.", sequence: 1, acknowledgment: 1, payload: [7], window: 1000))
    bytes[16] ^= 1
    script.inject(bytes)
    #expect(!connection.isReadable)
    #expect(script.host.statistics.malformed == 1)
    script.inject(bytes, isVerified: true)
    #expect(connection.isReadable)
  }
}
