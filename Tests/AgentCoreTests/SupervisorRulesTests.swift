// SPDX-License-Identifier: Apache-2.0

import HostSystem
import Testing

@testable import AgentCore

/// When a supervisor ends, when it leaves a console to others, and when one is started.
@Suite struct SupervisorRulesTests {
  private let start = MonotonicTime(nanoseconds: 1_000_000_000)

  private func after(_ milliseconds: Int) -> MonotonicTime {
    start.adding(milliseconds: milliseconds)
  }

  @Test func staysForAMomentWithoutAnythingToDo() {
    var idleness = Idleness()
    #expect(!idleness.isOver(now: start))
    idleness.note(isIdle: true, now: start)
    idleness.note(isIdle: true, now: after(Idleness.patience - 1))
    #expect(idleness.end == after(Idleness.patience))
    #expect(!idleness.isOver(now: after(Idleness.patience - 1)))
    #expect(idleness.isOver(now: after(Idleness.patience)))
  }

  @Test func somethingToDoEndsTheWaitForTheEnd() {
    var idleness = Idleness()
    idleness.note(isIdle: true, now: start)
    idleness.note(isIdle: false, now: after(500))
    #expect(idleness.end == nil)
    idleness.note(isIdle: true, now: after(900))
    #expect(!idleness.isOver(now: after(Idleness.patience)))
    #expect(idleness.isOver(now: after(900 + Idleness.patience)))
  }

  @Test func looksNowAndThenWhetherXenconsoleHasTheTerminal() {
    var use = XenconsoleUse()
    var looks = 0
    use.look(now: start) {
      looks += 1
      return true
    }
    #expect(use.isActive)
    // Nothing else would wake the supervisor when it is given back.
    #expect(use.deadline == after(XenconsoleUse.interval))
    use.look(now: after(XenconsoleUse.interval - 1)) {
      looks += 1
      return false
    }
    #expect(use.isActive && looks == 1)
    use.look(now: after(XenconsoleUse.interval)) { false }
    #expect(!use.isActive)
    #expect(use.deadline == nil)
  }

  @Test func startsASupervisorWhereThereIsNone() {
    var rules = ConnectionRules(now: start)
    #expect(rules.step(hasEnded: false, isLocked: false, now: start) == .start)
    #expect(rules.step(hasEnded: false, isLocked: false, now: after(5)) == .wait)
  }

  @Test func waitsForOneThatIsAboutToEnd() {
    var rules = ConnectionRules(now: start)
    #expect(rules.step(hasEnded: false, isLocked: true, now: start) == .wait)
    #expect(rules.step(hasEnded: false, isLocked: false, now: after(50)) == .start)
    // The old one had the lock a moment longer: the new one has ended for that.
    #expect(rules.step(hasEnded: true, isLocked: true, now: after(55)) == .wait)
    #expect(rules.step(hasEnded: true, isLocked: false, now: after(60)) == .start)
    #expect(rules.step(hasEnded: false, isLocked: false, now: after(65)) == .wait)
  }

  @Test func givesUpOnSupervisorsThatEndAtOnce() {
    var rules = ConnectionRules(now: start)
    #expect(rules.step(hasEnded: false, isLocked: false, now: start) == .start)
    #expect(rules.step(hasEnded: true, isLocked: false, now: after(5)) == .start)
    #expect(rules.step(hasEnded: true, isLocked: false, now: after(10)) == .giveUp("ends at once"))
  }

  @Test(arguments: [true, false])
  func givesUpOnOneThatDoesNotAnswer(isLocked: Bool) {
    var rules = ConnectionRules(now: start)
    _ = rules.step(hasEnded: false, isLocked: isLocked, now: start)
    let last = after(ConnectionRules.patience - 1)
    #expect(rules.step(hasEnded: false, isLocked: isLocked, now: last) == .wait)
    let over = rules.step(hasEnded: false, isLocked: isLocked, now: after(ConnectionRules.patience))
    #expect(over == .giveUp("did not start in 10000 ms"))
  }
}
