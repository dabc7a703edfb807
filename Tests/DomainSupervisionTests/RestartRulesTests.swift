// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import DomainSupervision
import Testing
import XenDomainModel

@Suite struct RestartRulesTests {
  @Test(arguments: [
    (Outcome.crashed, [RestartPolicy.onCrash, .always]),
    (.exited(0), [.always]), (.exited(3), [.always]), (.malformedExitStatus("x"), [.always]),
    (.otherShutdown(reason: 7), [.always]),
    (.rebootRequested, RestartPolicy.allCases),
    (.timedOut, []), (.stopped, []), (.destroyedFromOutside, []),
  ])
  func startsAgainAsThePolicySays(outcome: Outcome, policies: [RestartPolicy]) {
    #expect(
      RestartPolicy.allCases.filter { RestartRules.startsAgain($0, after: outcome) } == policies)
  }

  @Test func waitsTwiceAsLongEachTimeAndAMinuteAtMost() {
    var delay = 0
    var delays: [Int] = []
    for _ in 0..<8 {
      delay = RestartRules.delay(previous: delay, life: 10, after: .crashed)
      delays.append(delay)
    }
    #expect(delays == [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000])
  }

  @Test func aLongLifeIsANewBeginning() {
    #expect(RestartRules.delay(previous: 32_000, life: 60_000, after: .crashed) == 1000)
    #expect(RestartRules.delay(previous: 32_000, life: 59_999, after: .crashed) == 60_000)
  }

  @Test func aRebootComesAtOnceUnlessItComesTooOften() {
    #expect(RestartRules.delay(previous: 0, life: 1000, after: .rebootRequested) == 0)
    #expect(RestartRules.delay(previous: 0, life: 999, after: .rebootRequested) == 1000)
    #expect(RestartRules.delay(previous: 1000, life: 5, after: .rebootRequested) == 2000)
  }
}
