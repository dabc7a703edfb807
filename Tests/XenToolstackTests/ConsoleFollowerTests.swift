// SPDX-License-Identifier: Apache-2.0

import HostSystem
import Testing
import XenToolstack

@testable import AsyncToolstack

@Suite struct ConsoleFollowers {
  @Test func handsOverWhatTheGuestPrintsAndThenTheEnd() throws {
    let stage = try Followed()
    stage.read()
    #expect(stage.pieces.isEmpty)
    stage.rehearsal.print("one\n")
    stage.advance()
    #expect(stage.pieces == ["one\n"])
    stage.rehearsal.print("two\n")
    stage.rehearsal.shutDown(.powerOff)
    stage.read()
    #expect(stage.pieces == ["one\n", "two\n"])
    #expect(!stage.follower.isOver)
    stage.read()
    #expect(stage.pieces == ["one\n", "two\n", "end"])
    #expect(stage.follower.isOver)
    #expect(stage.count == 8)
  }

  @Test func leavesTheTerminalAloneWhileNobodyReads() throws {
    let stage = try Followed()
    stage.rehearsal.print("one\n")
    stage.advance()
    var plan = PollSet()
    stage.follower.add(to: &plan)
    #expect(plan.isEmpty)
    #expect(plan.deadline == nil)
    #expect(stage.rehearsal.run.receivedByteCount == 0)
    stage.read()
    #expect(stage.pieces == ["one\n"])
  }

  @Test func aReaderThatIsForgottenGetsTheEndAndTakesNothing() throws {
    let stage = try Followed()
    stage.read()
    #expect(stage.follower.forget(stage.reader))
    #expect(stage.pieces == ["end"])
    stage.rehearsal.print("one\n")
    stage.advance()
    #expect(stage.rehearsal.run.receivedByteCount == 0)
    #expect(stage.follower.isOver)
    #expect(!stage.follower.forget(stage.reader))
  }

  @Test func servesOneReaderAtATime() throws {
    let stage = try Followed()
    stage.read()
    #expect(throws: ToolstackError.self) { try stage.follower.take(RequestID()) }
    stage.rehearsal.print("one\n")
    stage.advance()
    // The first one is busy with what it got: the second takes over.
    try stage.follower.take(RequestID())
    #expect(!stage.follower.forget(stage.reader))
  }

  @Test func sendsInOrderAndAnswersWhenAllHasArrived() throws {
    let stage = try Followed()
    let long = [UInt8](repeating: 7, count: 1 << 20)
    stage.send(long)
    stage.send([1, 2, 3])
    #expect(stage.answers.isEmpty)
    var seen: [UInt8] = []
    for _ in 0..<10_000 where stage.answers.count < 2 {
      seen += stage.rehearsal.typed()
      stage.advance()
    }
    seen += stage.rehearsal.typed()
    let isWhole = seen == long + [1, 2, 3]
    #expect(isWhole)
    #expect(stage.answers == ["sent", "sent"])
  }

  @Test func aSenderThatIsForgottenSaysHowFarItCame() throws {
    let stage = try Followed()
    let ticket = stage.send([UInt8](repeating: 7, count: 1 << 20))
    stage.send([1])
    #expect(stage.follower.forget(ticket))
    let seen = stage.rehearsal.typed().count
    #expect(
      stage.answers == [
        "cancelled: the task that sent to the guest is cancelled; of 1048576 bytes, \(seen) were sent"
      ])
    stage.advance()
    #expect(stage.answers.last == "sent")
    #expect(stage.rehearsal.typed() == [1])
  }

  @Test func refusesToSendToAGuestThatHasEnded() throws {
    let stage = try Followed()
    stage.send([UInt8](repeating: 7, count: 1 << 20))
    stage.rehearsal.shutDown(.crash)
    stage.advance()
    #expect(stage.answers.count == 1)
    #expect(stage.answers[0].hasPrefix("consoleUnavailable: "))
    #expect(stage.follower.isOver)
  }
}

/// A console that is followed, and what its reader and senders hear.
private final class Followed {
  let rehearsal: Rehearsal
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
    rehearsal = try Rehearsal()
    let domain = Domain(id: DomainID(rawValue: 1), uuid: .random())
    follower = ConsoleFollower(domain, rehearsal.run) { counter.count += $0 }
    self.counter = counter
    try follower.take(reader)
  }

  /// Bytes that were read.
  var count: Int { counter.count }

  func advance() { follower.advance(now: rehearsal.now) }

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
