// SPDX-License-Identifier: Apache-2.0

import Foundation
import NetTCP
import NetWire
import Testing
import XenFrontends

/// What RFC 9293 wants and no other suite asks; and the document of all of that.
@Suite struct RequirementTests {
  private static let folder = URL(filePath: #filePath)
    .resolvingSymlinksInPath().deletingLastPathComponent()

  @Test func theDocumentHasEveryRequirementAndItsTestsExist() throws {
    let document = try String(
      contentsOf: Self.folder.appending(path: "../../docs/tcp-requirements.md"), encoding: .utf8)
    var suites: [String: String] = [:]
    for file in try FileManager.default.contentsOfDirectory(
      at: Self.folder, includingPropertiesForKeys: nil)
    {
      suites[file.deletingPathExtension().lastPathComponent] = try String(
        contentsOf: file, encoding: .utf8)
    }
    for number in 1...69 {
      #expect(document.contains("| MUST-\(number) |"), "MUST-\(number)")
    }
    var count = 0
    for match in document.matches(of: /`(\w+Tests)\.(\w+)`/) {
      count += 1
      let source = suites[String(match.1)] ?? ""
      #expect(source.contains("func \(match.2)("), "\(match.0)")
    }
    #expect(count >= 100)
  }

  @Test func optionsNeedNoAlignment() throws {
    let script = Script()
    let listener = try script.host.listen(on: 80, backlog: 8)
    script.inject(
      script.bytes(
        ScriptSegment(flags: "S", window: 1), rawOptions: [3, 3, 2, 2, 4, 2, 0x58, 4, 2, 254, 3, 0])
    )
    let answer = try script.expect("S.", 0, 1)
    #expect(answer.options.shift == 3)
    #expect(answer.options.sack)
    script.send(".", 1, 1, window: 60_000)
    let connection = try #require(listener.accept())
    #expect(connection.write([UInt8](repeating: 1, count: 3000)) == 3000)
    try script.expect(".", 1, 1, count: 600)
  }

  @Test func windowsHaveNoSign() throws {
    let script = Script()
    script.window = 0xFFFF
    let connection = try script.accepted(.init(maximumSegment: 1460))
    #expect(connection.write([UInt8](repeating: 1, count: 65536)) == 65536)
    var end = 1
    for _ in 0..<4 {
      while let segment = script.next() { end = segment.sequence + segment.payload.count }
      script.send(".", 1, end)
      _ = connection.write([UInt8](repeating: 1, count: 65536))
    }
    let start = end
    while let segment = script.next() { end = segment.sequence + segment.payload.count }
    #expect(end - start > 40_000)
  }

  @Test func oneAcknowledgmentAnswersAllThatCameBefore() throws {
    let script = Script()
    _ = try script.accepted()
    for place in 0..<20 { script.send(".", 1 + place * 1000, 1, count: 1000) }
    try script.expect(".", 1, 20_001)
    script.expectNothing()
  }

  @Test func theLastOfWhatWasWrittenIsPushed() throws {
    let script = Script()
    let connection = try script.accepted()
    #expect(connection.write([UInt8](repeating: 1, count: 2000)) == 2000)
    try script.expect(".", 1, 1, count: 1000)
    try script.expect("P.", 1001, 1, count: 1000)
  }

  @Test func aSecondListenerOrConnectionChangesNothingOfTheFirst() throws {
    let script = Script()
    let listener = try script.host.listen(on: 80, backlog: 8)
    let first = try script.host.connect(
      to: NetEndpoint(script.peer, port: 1), from: script.address, now: script.now)
    let second = try script.host.connect(
      to: NetEndpoint(script.peer, port: 1), from: script.address, now: script.now)
    _ = try script.host.listen(on: 81, backlog: 8)
    #expect(first.local.port != second.local.port)
    while script.host.nextSegment(now: script.now) != nil {}
    script.send("S", options: .plain)
    try script.expect("S.", 0, 1)
    script.send(".", 1, 1)
    #expect(listener.accept()?.state == .established)
    #expect(first.state == .synSent)
  }

  @Test func whatIsUrgentAndAResetAreTakenWithoutAWindow() throws {
    var limits = TCPLimits()
    limits.receiveBuffer = 1000
    let script = Script(limits: limits)
    let connection = try script.accepted()
    script.send(".", 1, 1, count: 1000)
    script.advance(40)
    try script.expect(".", 1, 1001, window: 0)
    #expect(connection.write([1, 2, 3]) == 3)
    try script.expect("P.", 1, 1001, count: 3)
    script.send("PU.", 1001, 4, count: 5, urgent: 5)
    #expect(connection.unacknowledgedCount == 0)
    #expect(connection.urgentCount == 1005)
    #expect(connection.readableCount == 1000)
    try script.expect(".", 4, 1001, window: 0)
    script.send("R", 1001)
    #expect(connection.failure == .reset)
  }

  @Test func aSilentPeerIsToldToBothSides() throws {
    let script = Script()
    let connection = try script.accepted()
    _ = connection.write([1])
    for _ in 0..<3 {
      #expect(!connection.isSilent)
      while script.next() != nil {}
      script.now = try #require(script.host.deadline)
    }
    while script.next() != nil {}
    #expect(connection.isSilent)
    #expect(script.host.nextSilentPeer() == script.peer)
    #expect(script.host.nextSilentPeer() == nil)
    script.send(".", 1, 2)
    #expect(!connection.isSilent)
  }

  @Test func theTrafficClassIsPassedOn() throws {
    let script = Script()
    let connection = try script.accepted()
    connection.trafficClass = 0xB8
    _ = connection.write([1])
    #expect(script.host.nextSegment(now: script.now)?.trafficClass == 0xB8)
  }
}
