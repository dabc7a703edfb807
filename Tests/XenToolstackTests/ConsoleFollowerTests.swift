// SPDX-License-Identifier: Apache-2.0

import HostSystem
import Testing
import XenToolstack

@testable import AsyncToolstack

@Suite struct ConsoleFollowers {
  @Test func handsOverWhatTheGuestPrintsAndThenTheEnd() throws {
    let fixture = try FollowerFixture()
    fixture.read()
    #expect(fixture.pieces.isEmpty)
    fixture.runFixture.print("one\n")
    fixture.advance()
    #expect(fixture.pieces == ["one\n"])
    fixture.runFixture.print("two\n")
    fixture.runFixture.shutDown(.powerOff)
    fixture.read()
    #expect(fixture.pieces == ["one\n", "two\n"])
    #expect(!fixture.follower.isOver)
    fixture.read()
    #expect(fixture.pieces == ["one\n", "two\n", "end"])
    #expect(fixture.follower.isOver)
    #expect(fixture.count == 8)
  }

  @Test func leavesTheTerminalAloneWhileNobodyReads() throws {
    let fixture = try FollowerFixture()
    fixture.runFixture.print("one\n")
    fixture.advance()
    var plan = PollSet()
    fixture.follower.add(to: &plan)
    #expect(plan.isEmpty)
    #expect(plan.deadline == nil)
    #expect(fixture.runFixture.run.receivedByteCount == 0)
    fixture.read()
    #expect(fixture.pieces == ["one\n"])
  }

  @Test func aReaderThatIsForgottenGetsTheEndAndTakesNothing() throws {
    let fixture = try FollowerFixture()
    fixture.read()
    #expect(fixture.follower.forget(fixture.reader))
    #expect(fixture.pieces == ["end"])
    fixture.runFixture.print("one\n")
    fixture.advance()
    #expect(fixture.runFixture.run.receivedByteCount == 0)
    #expect(fixture.follower.isOver)
    #expect(!fixture.follower.forget(fixture.reader))
  }

  @Test func servesOneReaderAtATime() throws {
    let fixture = try FollowerFixture()
    fixture.read()
    #expect(throws: ToolstackError.self) { try fixture.follower.take(RequestID()) }
    fixture.runFixture.print("one\n")
    fixture.advance()
    // The first one is busy with what it got: the second takes over.
    try fixture.follower.take(RequestID())
    #expect(!fixture.follower.forget(fixture.reader))
  }

  @Test func sendsInOrderAndAnswersWhenAllHasArrived() throws {
    let fixture = try FollowerFixture()
    let long = [UInt8](repeating: 7, count: 1 << 20)
    fixture.send(long)
    fixture.send([1, 2, 3])
    #expect(fixture.answers.isEmpty)
    var seen: [UInt8] = []
    for _ in 0..<10_000 where fixture.answers.count < 2 {
      seen += fixture.runFixture.typed()
      fixture.advance()
    }
    seen += fixture.runFixture.typed()
    let isWhole = seen == long + [1, 2, 3]
    #expect(isWhole)
    #expect(fixture.answers == ["sent", "sent"])
  }

  @Test func aSenderThatIsForgottenSaysHowFarItCame() throws {
    let fixture = try FollowerFixture()
    let ticket = fixture.send([UInt8](repeating: 7, count: 1 << 20))
    fixture.send([1])
    #expect(fixture.follower.forget(ticket))
    let seen = fixture.runFixture.typed().count
    #expect(
      fixture.answers == [
        "cancelled: the task that sent to the guest is cancelled; of 1048576 bytes, \(seen) were sent"
      ])
    fixture.advance()
    #expect(fixture.answers.last == "sent")
    #expect(fixture.runFixture.typed() == [1])
  }

  @Test func refusesToSendToAGuestThatHasEnded() throws {
    let fixture = try FollowerFixture()
    fixture.send([UInt8](repeating: 7, count: 1 << 20))
    fixture.runFixture.shutDown(.crash)
    fixture.advance()
    #expect(fixture.answers.count == 1)
    #expect(fixture.answers[0].hasPrefix("consoleUnavailable: "))
    #expect(fixture.follower.isOver)
  }
}

/// A console that is followed, and what its reader and senders hear.
private final class FollowerFixture {
  let runFixture: RunFixture
  let follower: ConsoleFollower<FakeMachine>
  let reader = RequestID()
  private let counter: Counter
  private(set) var pieces: [String] = []
  private(set) var answers: [String] = []

  private final class Counter {
    var count = 0
  }

  init() throws {
    let counter = Counter()
    runFixture = try RunFixture()
    let domain = Domain(id: DomainID(rawValue: 1), uuid: .random())
    follower = ConsoleFollower(domain, runFixture.run) { counter.count += $0 }
    self.counter = counter
    try follower.take(reader)
  }

  /// Bytes that were read.
  var count: Int { counter.count }

  func advance() { follower.advance(now: runFixture.now) }

  func read() {
    follower.read { [unowned self] piece in
      pieces.append(
        (try? piece.get()).flatMap { $0.map { String(decoding: $0, as: UTF8.self) } } ?? "end")
    }
    advance()
  }

  @discardableResult
  func send(_ bytes: [UInt8]) -> RequestID {
    let ticket = RequestID()
    let sender = ConsoleSender(ticket, bytes) { [unowned self] result in
      switch result {
      case .success: answers.append("sent")
      case .failure(let error): answers.append("\(error.kind): \(error.message)")
      }
    }
    follower.send(sender)
    advance()
    return ticket
  }
}
