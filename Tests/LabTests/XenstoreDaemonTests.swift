// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Testing
import XenLab

/// The suite runs once per daemon; this says that it did.
@Suite(.lab) struct XenstoreDaemons {
  @Test func theChosenDaemonServesXenstore() throws {
    let chosen = try XenstoreDaemon.fromEnvironment()
    let script = "cat /proc/$(cat /run/xenstored.pid)/comm"
    let name = try PVHCommand("lab", "exec", "--", "sh", "-c", script).finish().text
    #expect(name == "\(chosen)\n")
  }

  @Test func anUnknownDaemonIsRefusedBeforeAnythingStarts() throws {
    let command = try PVHCommand(
      ["lab", "exec", "--", "true"], environment: [XenstoreDaemon.variable: "mine"])
    let result = command.finish()
    #expect(result.status == 125)
    #expect(result.errors.contains("'mine'"))
    #expect(result.errors.contains("xenstored or oxenstored"))
  }
}
