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
    ("execute-data", "page fault, executing"),
    ("out-of-memory", "in one piece; give the domain more (pvh run --memory)"),
  ])
  func theReportIsOnTheConsole(way: String, report: String) throws {
    let result = try run("crash", "--cmdline", way)
    #expect(result.text.hasPrefix("crashing\n\n*** the guest crashed: "))
    #expect(result.text.contains(report))
    #expect(result.status == 134)
    #expect(result.errors.contains("pvh: the guest crashed"))
  }

  @Test func outOfMemorySaysWhatWasWantedAndWhatThereIs() throws {
    let result = try run("crash", "--memory", "4", "--cmdline", "out-of-memory")
    let figures = /out of memory: (\d+) bytes wanted, (\d+) free, (\d+) in one piece/
    let report = try #require(result.text.firstMatch(of: figures))
    let wanted = try #require(Int(report.1))
    let free = try #require(Int(report.2))
    let largest = try #require(Int(report.3))
    #expect(65536..<65536 + 64 ~= wanted)
    #expect(largest < wanted)
    #expect(largest <= free)
    #expect(result.status == 134)
  }

  @Test func aTripleFaultIsACrashWithXensRegisterDump() throws {
    let result = try run("crash", "--cmdline", "triple-fault")
    #expect(result.text == "crashing\n")
    #expect(result.status == 134)
    #expect(result.errors.contains("Triple fault"))
    // From the first line to the last.
    for register in ["RIP:", "rax:", "cr3:", "cs:"] {
      #expect(result.errors.contains(register), "\(result.errors)")
    }
  }
}
