// SPDX-License-Identifier: Apache-2.0

import Testing
import XenToolstack

@Suite struct ExitStatuses {
  @Test(arguments: ["0": 0, "42": 42, "255": 255] as [String: UInt8])
  func readsNumbersUpTo255(node: String, status: UInt8) {
    #expect(ExitStatus(node: Array(node.utf8)) == .value(status))
  }

  @Test func noNodeMeansSuccess() {
    #expect(ExitStatus(node: nil) == .value(0))
  }

  @Test(arguments: ["", "256", "-1", "1 ", "0x1", "99999999999999999999"])
  func keepsWhatIsNoStatus(node: String) {
    #expect(ExitStatus(node: Array(node.utf8)) == .malformed(node))
  }

  @Test func makesWhatItKeepsPrintable() {
    #expect(ExitStatus(node: [0, 65, 10, 0xff]) == .malformed("?A??"))
    #expect(
      ExitStatus(node: Array(repeating: 65, count: 4096))
        == .malformed(String(repeating: "A", count: 64)))
  }
}
