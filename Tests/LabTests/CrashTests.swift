// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
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

  /// Line numbers are those of `Tests/Guests/Sources/crash`, found by the text of the line.
  @Test(arguments: [
    (
      "table", "Index out of range",
      ["Table.row(_:) at", "Crash.look(up:in:) at", "Crash.run(_:) at"]
    ),
    ("fatal-error", "fatal error", ["Crash.run(_:) at"]),
    ("null", "(a null pointer)", ["write_null at CCrash.h:", "Crash.run(_:) at"]),
    ("recursion", "(stack overflow)", ["Crash.depth(of:) at", " times"]),
    ("execute-data", "(no code)", ["execute_data"]),
    ("out-of-memory", "out of memory: ", ["Crash.run(_:) at"]),
    ("double-free", "memory freed twice", ["free_twice at CCrash.h:", "Crash.run(_:) at"]),
  ])
  func functionsAndLinesAreNamed(way: String, reason: String, names: [String]) throws {
    let result = try run("crash", "--cmdline", way)
    #expect(result.status == 134)
    let last = try #require(result.errors.split(separator: "\n").last)
    #expect(last.hasPrefix("pvh: the guest crashed: ") && last.contains(reason), "\(last)")
    let lines = result.errors.split(separator: "\n").filter { $0.hasPrefix("  | ") }
    var rest = lines[...]
    for name in names {
      let index = rest.firstIndex { $0.contains(name) }
      let found = try #require(index, "\(name): \(lines.joined(separator: "\n"))")
      rest = rest[found...]
    }
    // Whoever copies image and report finds the program by what the report says.
    let folder = try ScratchFolder()
    let report = try folder.file("report", Data(result.text.utf8))
    let named = try PVHCommand("symbolize", report).finish()
    #expect(named.status == 0, "\(named.errors)")
    for name in names { #expect(named.text.contains(name), "\(named.text)") }
  }

  /// The chain is followed within the stack, and upwards only.
  @Test(arguments: ["loop", "out-of-stack"])
  func aDamagedStackEndsTheReportAndNothingElse(way: String) throws {
    let result = try run("crash", "--cmdline", way)
    #expect(result.status == 134)
    #expect(result.text.contains("  caller 0000000000001234\n"))
    #expect(result.text.ranges(of: "  caller ").count == 1, "\(result.text)")
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
