// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import XenLab

@Suite struct QMPMessageTests {
  /// QEMU counts megabits per second in fractions.
  @Test func theEndOfAMigration() throws {
    let line = #"""
      {"return": {"status": "completed", "setup-time": 1, "downtime": 3, "total-time": 4, "ram": \#
      {"total": 532480, "remaining": 0, "mbps": 1125.2, "transferred": 206005, "normal": 50}}}
      """#
    #expect(try Message.parse(Array(line.utf8)[...]).return?.status == "completed")
  }
}
