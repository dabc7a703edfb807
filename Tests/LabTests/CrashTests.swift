// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Testing

/// Guests that die: each ends as crashed and says why, never as a silent reboot loop.
@Suite(.lab) struct Crashes {
  @Test(arguments: [
    ("trap", "invalid opcode, as executed by a failed Swift check"),
    ("fatal-error", "invalid opcode, as executed by a failed Swift check"),
    ("null", "page fault, writing 0000000000000010 (a null pointer)"),
    ("stack", "(stack overflow)"),
    ("write-code", "page fault, writing"),
    ("out-of-memory", "out of memory: give the domain more (pvh run --memory)"),
  ])
  func theReportIsOnTheConsole(way: String, report: String) throws {
    let result = try run("crash", "--cmdline", way)
    #expect(result.text.hasPrefix("crashing\n\n*** the guest crashed: "))
    #expect(result.text.contains(report))
    #expect(result.status == 134)
    #expect(result.errors.contains("pvh: the guest crashed"))
  }

  @Test func aTripleFaultIsACrashWithXensRegisterDump() throws {
    let result = try run("crash", "--cmdline", "triple-fault")
    #expect(result.text == "crashing\n")
    #expect(result.status == 134)
    #expect(result.errors.contains("Triple fault"))
    #expect(result.errors.contains("RIP:"))
  }
}
