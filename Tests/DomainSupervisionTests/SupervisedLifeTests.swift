// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import DomainSupervision
import HostSystem
import Testing
import XenDomainModel

/// A supervised guest whose domains, and whose clock, are the test's.
@Suite struct SupervisedLifeTests {
  @Test func waitsLongerEachTimeTheGuestCrashesAtOnce() {
    var guest = SupervisedGuest(.onCrash)
    guest.start()
    var delays: [Int] = []
    for _ in 0..<8 {
      delays.append(guest.crash(after: 10))
      #expect(guest.life.record.phase == .waiting)
      guest.pass(delays[delays.count - 1] - 1)
      #expect(guest.step == nil)
      guest.pass(1)
      #expect(guest.step == .start)
      guest.start()
    }
    #expect(delays == [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000])
    #expect(guest.life.record.supervision.restartCount == 8)
  }

  @Test func aLongLifeForgivesTheCrashesBefore() {
    var guest = SupervisedGuest(.always)
    guest.start()
    for _ in 0..<4 {
      guest.pass(guest.crash(after: 10))
      guest.start()
    }
    #expect(guest.crash(after: RestartRules.soundLife) == 1000)
  }

  @Test func aRebootIsGrantedAtOnce() {
    var guest = SupervisedGuest(.never)
    guest.start()
    guest.pass(5000)
    guest.life.end(.rebootRequested, now: guest.now)
    guest.life.domainIsGone(now: guest.now)
    #expect(guest.step == .start)
  }

  @Test(arguments: [
    (RestartPolicy.never, Outcome.crashed), (.never, .exited(0)), (.onCrash, .exited(1)),
    (.always, .timedOut), (.always, .destroyedFromOutside), (.always, .stopped),
  ])
  func aGuestThatIsNotWantedAgainHasEnded(policy: RestartPolicy, outcome: Outcome) {
    var guest = SupervisedGuest(policy)
    guest.start()
    guest.life.end(outcome, now: guest.now)
    #expect(!guest.life.isOver)
    guest.life.domainIsGone(now: guest.now)
    #expect(guest.life.isOver)
    #expect(guest.life.nextStep == nil)
    #expect(guest.life.record.supervision.outcome == outcome)
  }

  @Test func looksAgainUntilTheDomainIsGone() {
    var guest = SupervisedGuest(.always)
    guest.start()
    #expect(guest.step == nil)
    guest.life.end(.exited(0), now: guest.now)
    #expect(guest.step == .removeDomain)
    #expect(!guest.life.isDestroying)
    for _ in 0..<3 {
      guest.life.domainRemains(now: guest.now)
      #expect(guest.life.isDestroying)
      #expect(guest.step == nil)
      guest.pass(SupervisedLife.destructionInterval)
      #expect(guest.step == .removeDomain)
    }
    guest.life.domainIsGone(now: guest.now)
    #expect(!guest.life.isDestroying)
    #expect(guest.life.record.phase == .waiting)
  }

  @Test func aStartThatFailsIsTriedAgainAndNotCounted() {
    var guest = SupervisedGuest(.always)
    guest.start()
    guest.pass(guest.crash(after: 10))
    guest.begin()
    #expect(guest.life.record.supervision.restartCount == 1)
    guest.life.startFailed("no memory", now: guest.now)
    #expect(guest.life.record.supervision.restartCount == 0)
    #expect(guest.life.record.supervision.problem == "no memory")
    #expect(guest.life.record.delayMilliseconds == 2000)
    guest.pass(2000)
    #expect(guest.step == .start)
    guest.start()
    #expect(guest.life.record.supervision.problem == nil)
    #expect(guest.life.record.supervision.restartCount == 1)
  }

  @Test func whatFailsIsTriedAgainASecondLater() {
    var guest = SupervisedGuest(.always)
    guest.start()
    guest.life.end(.crashed, now: guest.now)
    guest.life.failed(now: guest.now)
    guest.pass(SupervisedLife.retryInterval - 1)
    #expect(guest.step == nil)
    guest.pass(1)
    #expect(guest.step == .removeDomain)
    guest.life.release()
    guest.life.domainIsGone(now: guest.now)
    guest.life.failed(now: guest.now)
    #expect(guest.life.nextStep == nil)
  }

  @Test func aReleasedGuestIsNotStartedAgain() {
    var guest = SupervisedGuest(.always)
    guest.start()
    guest.life.release()
    #expect(!guest.life.isOver)
    guest.life.end(.crashed, now: guest.now)
    guest.life.domainIsGone(now: guest.now)
    #expect(guest.life.isOver)

    var waiting = SupervisedGuest(.always)
    waiting.start()
    _ = waiting.crash(after: 10)
    waiting.life.release()
    #expect(waiting.life.isOver)
    #expect(waiting.life.nextStep == nil)
  }

  // MARK: - Another supervisor takes over

  @Test func theDelayOfAGuestThatWaitsIsKept() {
    var guest = SupervisedGuest(.always)
    guest.start()
    let delay = guest.crash(after: 10)
    guest.takeOver()
    #expect(guest.step == nil)
    guest.pass(delay)
    #expect(guest.step == .start)
  }

  @Test func aRunningDomainIsAdopted() {
    var guest = SupervisedGuest(.always)
    guest.start()
    guest.takeOver()
    #expect(guest.step == .takeOver)
    #expect(guest.life.takeOver(domainExists: true, now: guest.now) == .adopt)
    guest.life.adopt()
    #expect(guest.step == nil)
    #expect(guest.life.record.phase == .running)
  }

  @Test func aDomainThatWentMeanwhileWasDestroyed() {
    var guest = SupervisedGuest(.always)
    guest.start()
    guest.takeOver()
    #expect(guest.life.takeOver(domainExists: false, now: guest.now) == .goOn)
    #expect(guest.life.isOver)
    #expect(guest.life.record.supervision.outcome == .destroyedFromOutside)
  }

  @Test func aFirstStartThatWasCutShortIsForgotten() {
    var guest = SupervisedGuest(.always)
    guest.begin()
    guest.takeOver()
    #expect(guest.life.takeOver(domainExists: true, now: guest.now) == .destroyDomain)
    #expect(guest.life.takeOver(domainExists: false, now: guest.now) == .forget)
    #expect(guest.life.isOver)
  }

  @Test func aRestartThatWasCutShortIsRepeated() {
    var guest = SupervisedGuest(.always)
    guest.start()
    guest.pass(guest.crash(after: 10))
    guest.begin()
    guest.takeOver()
    #expect(guest.life.takeOver(domainExists: false, now: guest.now) == .goOn)
    #expect(guest.life.record.supervision.problem?.contains("while it built") == true)
    guest.pass(guest.life.record.delayMilliseconds)
    #expect(guest.step == .start)
  }

  @Test func anEndIsFinishedAndAnEndedGuestLeftAlone() {
    var guest = SupervisedGuest(.never)
    guest.start()
    guest.life.end(.exited(3), now: guest.now)
    guest.takeOver()
    #expect(guest.step == .removeDomain)
    guest.life.domainIsGone(now: guest.now)
    guest.takeOver()
    #expect(guest.life.nextStep == nil)
    #expect(guest.life.takeOver(domainExists: false, now: guest.now) == .goOn)
    #expect(guest.life.record.supervision.outcome == .exited(3))
  }
}

/// One supervised guest, and what time it is.
private struct SupervisedGuest {
  var life: SupervisedLife
  var now = MonotonicTime(nanoseconds: 1_000_000_000)

  init(_ policy: RestartPolicy) {
    life = SupervisedLife(
      new: DomainRecord(
        request: RunRequest(name: "g", memoryKiB: 1024), restart: policy, startedAt: 0))
  }

  var step: SupervisedLife.Step? { life.step(due: now) }

  mutating func pass(_ milliseconds: Int) { now = now.adding(milliseconds: milliseconds) }

  mutating func begin() { life.begin(uuid: "0f", logStart: 0, startedAt: 1) }

  mutating func start() {
    begin()
    life.run(domainID: 1, now: now)
  }

  /// The guest crashes, and its domain goes; how long the next start waits.
  mutating func crash(after milliseconds: Int) -> Int {
    pass(milliseconds)
    life.end(.crashed, now: now)
    life.domainIsGone(now: now)
    return life.record.delayMilliseconds
  }

  /// The supervisor dies, and another one reads the record.
  mutating func takeOver() { life = SupervisedLife(life.record, now: now) }
}
