// SPDX-License-Identifier: Apache-2.0

import Testing
import XenToolstack

@Suite struct ExitStatuses {
  @Test(arguments: ["0": 0, "42": 42, "255": 255] as [String: Int])
  func readsNumbersUpTo255(node: String, status: Int) {
    #expect(Outcome(exitStatusNode: Array(node.utf8)) == .exited(status))
  }

  @Test func noNodeMeansSuccess() {
    #expect(Outcome(exitStatusNode: nil) == .exited(0))
  }

  @Test(arguments: ["", "256", "-1", "1 ", "0x1", "99999999999999999999"])
  func keepsWhatIsNoStatus(node: String) {
    #expect(Outcome(exitStatusNode: Array(node.utf8)) == .malformedExitStatus(node))
  }

  @Test func makesWhatItKeepsPrintable() {
    #expect(Outcome(exitStatusNode: [0, 65, 10, 0xff]) == .malformedExitStatus("?A??"))
    #expect(
      Outcome(exitStatusNode: Array(repeating: 65, count: 4096))
        == .malformedExitStatus(String(repeating: "A", count: 64)))
  }
}
