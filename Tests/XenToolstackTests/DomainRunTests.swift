// SPDX-License-Identifier: Apache-2.0

import HostSystem
import Testing
import XenToolstack

@Suite struct DomainRuns {
  @Test func passesOutputOnAndEndsWithTheGuest() throws {
    let fixture = try RunFixture()
    fixture.print("hello\n")
    try fixture.advance()
    #expect(fixture.run.takeOutput() == Array("hello\n".utf8))
    #expect(fixture.run.takeOutput() == [])
    #expect(fixture.run.ending == nil)
    fixture.print("bye\n")
    fixture.shutDown(.powerOff)
    try fixture.advance()
    #expect(fixture.run.ending == .shutDown(.powerOff))
    #expect(fixture.run.takeOutput() == Array("bye\n".utf8))
    #expect(fixture.run.producedByteCount == 10)
    #expect(fixture.run.receivedByteCount == 10)
    #expect(fixture.machine.pauseCount == 0)
  }

  @Test(arguments: [ShutdownReason.crash, .reboot, ShutdownReason(rawValue: 4)])
  func tellsHowTheGuestShutDown(reason: ShutdownReason) throws {
    let fixture = try RunFixture()
    fixture.shutDown(reason)
    try fixture.advance()
    #expect(fixture.run.ending == .shutDown(reason))
  }

  @Test func waitsForTheBytesThatTheDaemonStillHolds() throws {
    let fixture = try RunFixture()
    fixture.print("hello\n", passingOn: 2)
    fixture.shutDown(.powerOff)
    try fixture.advance()
    #expect(fixture.run.ending == nil)
    try fixture.advance(milliseconds: 4000)
    fixture.pass(Array("l".utf8))
    try fixture.advance(milliseconds: 900)
    try fixture.advance(milliseconds: 4000)
    #expect(fixture.run.ending == nil)
    fixture.pass(Array("lo\n".utf8))
    try fixture.advance()
    #expect(fixture.run.ending == .shutDown(.powerOff))
    #expect(fixture.run.takeOutput() == Array("hello\n".utf8))
  }

  @Test func looksAgainSoonWhileBytesAreMissing() throws {
    let fixture = try RunFixture()
    fixture.print("hello\n", passingOn: 2)
    try fixture.advance()
    #expect(fixture.run.deadline > fixture.now.adding(milliseconds: 100))
    fixture.shutDown(.powerOff)
    try fixture.advance(milliseconds: 5)
    let interval = DomainRun<FakeMachine>.drainInterval
    #expect(fixture.run.deadline == fixture.now.adding(milliseconds: interval))
    try fixture.advance(milliseconds: interval)
    #expect(fixture.run.deadline == fixture.now.adding(milliseconds: interval))
  }

  @Test func givesUpOnBytesThatNeverCome() throws {
    let fixture = try RunFixture()
    fixture.print("hello\n", passingOn: 2)
    fixture.shutDown(.crash)
    try fixture.advance()
    try fixture.advance(milliseconds: DomainRun<FakeMachine>.drainPatience + 1)
    #expect(fixture.run.ending == .shutDown(.crash))
    #expect(fixture.run.producedByteCount == 6)
    #expect(fixture.run.receivedByteCount == 2)
  }

  @Test func isPatientWhileItsOwnClientIsSlow() throws {
    let fixture = try RunFixture()
    fixture.print("hello\n")
    fixture.shutDown(.powerOff)
    for _ in 0..<10 { try fixture.advance(milliseconds: 4000, outputRoom: 0) }
    #expect(fixture.run.ending == nil)
    try fixture.advance(outputRoom: 4)
    try fixture.advance(outputRoom: 4)
    #expect(fixture.run.ending == .shutDown(.powerOff))
    #expect(fixture.run.takeOutput() == Array("hello\n".utf8))
  }

  @Test func doesNotBelieveIndicesThatAGuestMadeUp() throws {
    let fixture = try RunFixture()
    fixture.print("hello\n")
    fixture.machine.consoleIndices.produced = 3
    fixture.shutDown(.powerOff)
    try fixture.advance()
    try fixture.advance(milliseconds: 600)
    #expect(fixture.run.ending == .shutDown(.powerOff))
    #expect(fixture.run.producedByteCount == nil)
    #expect(fixture.run.receivedByteCount == 6)
  }

  @Test func theTimeLimitPausesTheGuestAndKeepsItsWords() throws {
    let fixture = try RunFixture(timeLimit: 500)
    try fixture.advance(milliseconds: 499)
    #expect(fixture.run.ending == nil)
    #expect(fixture.run.deadline <= fixture.now.adding(milliseconds: 1))
    fixture.print("last words\n")
    try fixture.advance(milliseconds: 1)
    #expect(fixture.run.ending == .timedOut)
    #expect(fixture.machine.pauseCount == 1)
    #expect(fixture.run.takeOutput() == Array("last words\n".utf8))
  }

  @Test func aGuestThatEndsAtItsLimitHasEnded() throws {
    let fixture = try RunFixture(timeLimit: 500)
    fixture.shutDown(.powerOff)
    try fixture.advance(milliseconds: 500)
    #expect(fixture.run.ending == .shutDown(.powerOff))
  }

  @Test func stopsWhenTold() throws {
    let fixture = try RunFixture()
    fixture.print("tick\n")
    try fixture.run.stop(now: fixture.now)
    try fixture.run.stop(now: fixture.now)
    #expect(fixture.machine.pauseCount == 1)
    try fixture.advance()
    #expect(fixture.run.ending == .stopped)
    #expect(fixture.run.takeOutput() == Array("tick\n".utf8))
  }

  @Test(arguments: [DomainState.dying, .gone])
  func noticesThatSomeoneElseDestroyedTheDomain(state: DomainState) throws {
    let fixture = try RunFixture()
    fixture.machine.answer = state
    fixture.machine.hasNews = true
    try fixture.advance()
    #expect(fixture.run.ending == .destroyedFromOutside)
  }

  @Test func asksXenEvenIfNobodyTellsIt() throws {
    let fixture = try RunFixture()
    try fixture.advance()
    let asked = fixture.machine.questionCount
    try fixture.advance(milliseconds: 10)
    #expect(fixture.machine.questionCount == asked)
    fixture.machine.answer = .shutDown(.powerOff)
    try fixture.advance(milliseconds: 1000)
    #expect(fixture.run.ending == .shutDown(.powerOff))
  }

  @Test func goesOnWithoutADaemon() throws {
    let fixture = try RunFixture()
    fixture.print("hello\n", passingOn: 2)
    fixture.hangUp()
    try fixture.advance()
    #expect(fixture.run.ending == nil)
    #expect(fixture.run.interests(outputRoom: 1).isEmpty)
    fixture.shutDown(.powerOff)
    try fixture.advance()
    #expect(fixture.run.ending == .shutDown(.powerOff))
    #expect(fixture.run.producedByteCount == 6)
    #expect(fixture.run.receivedByteCount == 2)
  }
}
