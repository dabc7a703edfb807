// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import HostSystem
import Testing
import XenDomainModel

@testable import AgentCore

/// Waits for a guest whose records, and whose clock, are the test's.
@Suite struct WaitRulesTests {
  private let start = MonotonicTime(nanoseconds: 1_000_000_000)

  private func after(_ milliseconds: Int) -> MonotonicTime {
    start.adding(milliseconds: milliseconds)
  }

  private func rules(
    _ verb: DomainAction.Verb, _ subject: WaitRules.Subject, limit: Int? = nil,
    asked: String? = nil
  ) -> WaitRules {
    WaitRules(
      DomainAction(verb, on: "g", timeLimitMilliseconds: limit), subject, asked: asked, now: start)
  }

  private func record(
    _ phase: DomainRecord.Phase, _ uuid: String = "a", outcome: Outcome? = nil,
    problem: String? = nil
  ) -> DomainRecord {
    var record = DomainRecord(
      request: RunRequest(name: "g", memoryKiB: 1024), restart: .always, startedAt: 0)
    record.phase = phase
    record.uuid = uuid
    record.supervision.outcome = outcome
    record.supervision.problem = problem
    return record
  }

  @Test func looksEveryNowAndThenUntilTheGuestHasEnded() {
    var rules = rules(.wait, .domain)
    #expect(rules.nextLook == start)
    #expect(rules.judge(nil as Outcome?, now: start) == .waiting)
    #expect(rules.nextLook == after(WaitRules.interval))
    #expect(rules.judge(nil as Outcome?, now: after(1_000_000)) == .waiting)
    #expect(rules.judge(.exited(3), now: after(1_000_020)) == .over(.exited(3)))
  }

  @Test func endsAtItsTimeLimitUnlessTheGuestHasEnded() {
    var rules = rules(.shutdown, .domain, limit: 500)
    #expect(rules.judge(nil as Outcome?, now: after(499)) == .waiting)
    #expect(rules.judge(.exited(0), now: after(500)) == .over(.exited(0)))
    #expect(rules.judge(nil as Outcome?, now: after(500)) == .timedOut)
    #expect(rules.timeoutMessage.contains("did not power off within 500 ms: give it more time"))
    #expect(!rules.timeoutMessage.contains("started again"))
  }

  @Test func aSupervisedGuestHasEndedWhenItDoesNotStartAgain() throws {
    var rules = rules(.wait, .end)
    for phase in [DomainRecord.Phase.running, .ending, .waiting, .creating] {
      #expect(try rules.judge(record(phase, outcome: .crashed), now: start) == .waiting)
    }
    #expect(
      try rules.judge(record(.ended, outcome: .exited(1)), now: start) == .over(.exited(1)))
    #expect(try rules.judge(nil as DomainRecord?, now: start) == .over(.destroyedFromOutside))
  }

  @Test func aGuestThatNeverRanIsAnError() {
    var rules = rules(.wait, .end)
    let error = #expect(throws: ToolstackError.self) {
      try rules.judge(record(.ended, problem: "no memory"), now: start)
    }
    #expect(error?.message == "no memory")
  }

  @Test func asksAGuestThatWasStartedInTheMeantime() throws {
    var rules = rules(.shutdown, .end, limit: 1000, asked: "a")
    #expect(try rules.judge(record(.running, "a"), now: start) == .waiting)
    #expect(try rules.judge(record(.creating, "b"), now: after(20)) == .waiting)
    #expect(try rules.judge(record(.running, "b"), now: after(40)) == .ask("b"))
    // Nobody could be asked: the domain was not there yet.
    #expect(try rules.judge(record(.running, "b"), now: after(60)) == .ask("b"))
    rules.hasAsked("b")
    #expect(try rules.judge(record(.running, "b"), now: after(80)) == .waiting)
    #expect(try rules.judge(record(.running, "c"), now: after(1000)) == .timedOut)
    #expect(rules.timeoutMessage.contains("within 1 s"))
    #expect(rules.timeoutMessage.contains("not started again any more"))
  }

  @Test func whoOnlyWaitsAsksNobody() throws {
    var rules = rules(.wait, .end)
    #expect(try rules.judge(record(.running, "b"), now: start) == .waiting)
  }

  @Test func aRebootIsOverWhenAnotherDomainRuns() throws {
    var rules = rules(.reboot, .restart(after: "a"), limit: 2000)
    #expect(try rules.judge(record(.running, "a"), now: start) == .waiting)
    #expect(try rules.judge(record(.creating, "b"), now: after(20)) == .waiting)
    #expect(try rules.judge(record(.running, "b"), now: after(40)) == .over(.rebootRequested))
    #expect(try rules.judge(record(.running, "a"), now: after(2000)) == .timedOut)
    #expect(rules.timeoutMessage == "the guest of \"g\" did not reboot within 2 s")
  }

  @Test func aGuestThatEndsInsteadOfRebootingIsAnError() {
    var rules = rules(.reboot, .restart(after: "a"))
    let ended = #expect(throws: ToolstackError.self) {
      try rules.judge(record(.ended, outcome: .exited(0)), now: start)
    }
    #expect(ended?.message.contains("ended (exit status 0) instead of asking for a reboot") == true)
    let destroyed = #expect(throws: ToolstackError.self) {
      try rules.judge(nil as DomainRecord?, now: start)
    }
    #expect(destroyed?.kind == .noSuchDomain)
  }
}
