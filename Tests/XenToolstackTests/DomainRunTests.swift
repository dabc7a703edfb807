// SPDX-License-Identifier: Apache-2.0

import HostSystem
import Testing
import XenToolstack

@Suite struct DomainRuns {
  @Test func passesOutputOnAndEndsWithTheGuest() throws {
    let stage = try Rehearsal()
    stage.print("hello\n")
    try stage.advance()
    #expect(stage.run.takeOutput() == Array("hello\n".utf8))
    #expect(stage.run.takeOutput() == [])
    #expect(stage.run.ending == nil)
    stage.print("bye\n")
    stage.shutDown(.powerOff)
    try stage.advance()
    #expect(stage.run.ending == .shutDown(.powerOff))
    #expect(stage.run.takeOutput() == Array("bye\n".utf8))
    #expect(stage.run.producedByteCount == 10)
    #expect(stage.run.receivedByteCount == 10)
    #expect(stage.machine.pauseCount == 0)
  }

  @Test(arguments: [ShutdownReason.crash, .reboot, ShutdownReason(rawValue: 4)])
  func tellsHowTheGuestShutDown(reason: ShutdownReason) throws {
    let stage = try Rehearsal()
    stage.shutDown(reason)
    try stage.advance()
    #expect(stage.run.ending == .shutDown(reason))
  }

  @Test func waitsForTheBytesThatTheDaemonStillHolds() throws {
    let stage = try Rehearsal()
    stage.print("hello\n", passingOn: 2)
    stage.shutDown(.powerOff)
    try stage.advance()
    #expect(stage.run.ending == nil)
    try stage.advance(milliseconds: 4000)
    stage.pass(Array("l".utf8))
    try stage.advance(milliseconds: 900)
    try stage.advance(milliseconds: 4000)
    #expect(stage.run.ending == nil)
    stage.pass(Array("lo\n".utf8))
    try stage.advance()
    #expect(stage.run.ending == .shutDown(.powerOff))
    #expect(stage.run.takeOutput() == Array("hello\n".utf8))
  }

  @Test func looksAgainSoonWhileBytesAreMissing() throws {
    let stage = try Rehearsal()
    stage.print("hello\n", passingOn: 2)
    try stage.advance()
    #expect(stage.run.deadline > stage.now.adding(milliseconds: 100))
    stage.shutDown(.powerOff)
    try stage.advance(milliseconds: 5)
    let interval = DomainRun<FakeMachine>.drainInterval
    #expect(stage.run.deadline == stage.now.adding(milliseconds: interval))
    try stage.advance(milliseconds: interval)
    #expect(stage.run.deadline == stage.now.adding(milliseconds: interval))
  }

  @Test func givesUpOnBytesThatNeverCome() throws {
    let stage = try Rehearsal()
    stage.print("hello\n", passingOn: 2)
    stage.shutDown(.crash)
    try stage.advance()
    try stage.advance(milliseconds: DomainRun<FakeMachine>.drainPatience + 1)
    #expect(stage.run.ending == .shutDown(.crash))
    #expect(stage.run.producedByteCount == 6)
    #expect(stage.run.receivedByteCount == 2)
  }

  @Test func isPatientWhileItsOwnClientIsSlow() throws {
    let stage = try Rehearsal()
    stage.print("hello\n")
    stage.shutDown(.powerOff)
    for _ in 0..<10 { try stage.advance(milliseconds: 4000, outputRoom: 0) }
    #expect(stage.run.ending == nil)
    try stage.advance(outputRoom: 4)
    try stage.advance(outputRoom: 4)
    #expect(stage.run.ending == .shutDown(.powerOff))
    #expect(stage.run.takeOutput() == Array("hello\n".utf8))
  }

  @Test func doesNotBelieveIndicesThatAGuestMadeUp() throws {
    let stage = try Rehearsal()
    stage.print("hello\n")
    stage.machine.consoleIndices.produced = 3
    stage.shutDown(.powerOff)
    try stage.advance()
    try stage.advance(milliseconds: 600)
    #expect(stage.run.ending == .shutDown(.powerOff))
    #expect(stage.run.producedByteCount == nil)
    #expect(stage.run.receivedByteCount == 6)
  }

  @Test func theTimeLimitPausesTheGuestAndKeepsItsWords() throws {
    let stage = try Rehearsal(timeLimit: 500)
    try stage.advance(milliseconds: 499)
    #expect(stage.run.ending == nil)
    #expect(stage.run.deadline <= stage.now.adding(milliseconds: 1))
    stage.print("last words\n")
    try stage.advance(milliseconds: 1)
    #expect(stage.run.ending == .timedOut)
    #expect(stage.machine.pauseCount == 1)
    #expect(stage.run.takeOutput() == Array("last words\n".utf8))
  }

  @Test func aGuestThatEndsAtItsLimitHasEnded() throws {
    let stage = try Rehearsal(timeLimit: 500)
    stage.shutDown(.powerOff)
    try stage.advance(milliseconds: 500)
    #expect(stage.run.ending == .shutDown(.powerOff))
  }

  @Test func stopsWhenTold() throws {
    let stage = try Rehearsal()
    stage.print("tick\n")
    try stage.run.stop(now: stage.now)
    try stage.run.stop(now: stage.now)
    #expect(stage.machine.pauseCount == 1)
    try stage.advance()
    #expect(stage.run.ending == .stopped)
    #expect(stage.run.takeOutput() == Array("tick\n".utf8))
  }

  @Test(arguments: [DomainState.dying, .gone])
  func noticesThatSomeoneElseDestroyedTheDomain(state: DomainState) throws {
    let stage = try Rehearsal()
    stage.machine.answer = state
    stage.machine.hasNews = true
    try stage.advance()
    #expect(stage.run.ending == .destroyedFromOutside)
  }

  @Test func asksXenEvenIfNobodyTellsIt() throws {
    let stage = try Rehearsal()
    try stage.advance()
    let asked = stage.machine.questionCount
    try stage.advance(milliseconds: 10)
    #expect(stage.machine.questionCount == asked)
    stage.machine.answer = .shutDown(.powerOff)
    try stage.advance(milliseconds: 1000)
    #expect(stage.run.ending == .shutDown(.powerOff))
  }

  @Test func goesOnWithoutADaemon() throws {
    let stage = try Rehearsal()
    stage.print("hello\n", passingOn: 2)
    stage.hangUp()
    try stage.advance()
    #expect(stage.run.ending == nil)
    #expect(stage.run.interests(outputRoom: 1).isEmpty)
    stage.shutDown(.powerOff)
    try stage.advance()
    #expect(stage.run.ending == .shutDown(.powerOff))
    #expect(stage.run.producedByteCount == 6)
    #expect(stage.run.receivedByteCount == 2)
  }
}
