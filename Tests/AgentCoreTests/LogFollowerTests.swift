// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import DomainSupervision
import Foundation
import HostSystem
import SystemPackage
import Testing
import XenDomainModel

@testable import AgentCore

/// A log on its way to pvh, in a folder and with a clock of the test.
@Suite final class LogFollowerTests {
  private let folder: SupervisionFolder
  private let log: ConsoleLog
  private let start = MonotonicTime(nanoseconds: 1_000_000_000)
  private let root: URL

  init() throws {
    root = FileManager.default.temporaryDirectory.appending(path: "log-\(UUID().uuidString)")
    folder = SupervisionFolder(path: FilePath(root.path))
    try folder.prepare(domain: "g")
    log = try ConsoleLog(path: folder.file("console.log", of: "g"))
  }

  deinit {
    try? FileManager.default.removeItem(at: root)
  }

  private func write(_ phase: DomainRecord.Phase, _ outcome: Outcome? = nil) throws {
    var record = DomainRecord(
      request: RunRequest(name: "g", memoryKiB: 1024), restart: .never, startedAt: 0)
    record.phase = phase
    record.supervision.outcome = outcome
    try folder.write(record)
  }

  private func follower(follows: Bool = true, lines: Int? = nil) throws -> LogFollower {
    try LogFollower(
      LogRequest(domain: "g", lineCount: lines, follows: follows), of: "g", folder: folder)
  }

  /// Advances once; what was passed on, and whether that was all.
  private func advance(
    _ follower: LogFollower, after milliseconds: Int = 0, room: Int = 1 << 20
  ) -> (text: String, isOver: Bool, outcome: Outcome?) {
    var passed: [UInt8] = []
    let end = follower.advance(
      now: start.adding(milliseconds: milliseconds), room: { room - passed.count },
      pass: { passed += $0 })
    return (String(decoding: passed, as: UTF8.self), end.isOver, end.outcome)
  }

  @Test func passesOnWhatThereIsAndEndsThere() throws {
    try write(.running)
    log.append(Array("one\ntwo\n".utf8))
    let seen = advance(try follower(follows: false))
    #expect(seen.text == "one\ntwo\n")
    #expect(seen.isOver && seen.outcome == nil)
    #expect(advance(try follower(follows: false, lines: 1)).text == "two\n")
  }

  @Test func looksForMoreNowAndThenUntilTheGuestHasEnded() throws {
    try write(.running)
    log.append(Array("one\n".utf8))
    let follower = try follower()
    #expect(advance(follower) == ("one\n", false, nil))
    #expect(follower.nextLook == start.adding(milliseconds: LogFollower.interval))
    log.append(Array("two\n".utf8))
    #expect(advance(follower, after: LogFollower.interval - 1) == ("", false, nil))
    #expect(advance(follower, after: LogFollower.interval) == ("two\n", false, nil))
    log.append(Array("three\n".utf8))
    try write(.ended, .exited(4))
    #expect(advance(follower, after: 2 * LogFollower.interval) == ("three\n", true, .exited(4)))
  }

  @Test func sendsNoMoreThanThereIsRoomFor() throws {
    try write(.ended, .crashed)
    log.append(Array("one\ntwo\n".utf8))
    let follower = try follower()
    #expect(advance(follower, room: 4) == ("one\n", false, nil))
    #expect(advance(follower, room: 0) == ("", false, nil))
    #expect(advance(follower) == ("two\n", true, .crashed))
  }

  @Test func endsWithADomainThatIsDestroyed() throws {
    try write(.running)
    let follower = try follower()
    try folder.remove("g")
    #expect(advance(follower).isOver)
  }
}
