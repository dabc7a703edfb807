// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

@testable import PVHCommand

/// What pvh makes of a guest's last words.
@Suite struct CrashReportTests {
  private static let text = """
    working

    *** the guest crashed: page fault, writing 0000000000000010 (a null pointer)
      rip 00000000000012c4
      rsp 0000000000047e00
    somebody else's line
      image 5b904847e7eaede8
      caller 0000000000004a1f
      caller 000000000000499b

    """

  @Test func theNumbersOfAReport() throws {
    let report = try #require(ParsedCrashReport(in: Self.text))
    #expect(report.reason == "page fault, writing 0000000000000010 (a null pointer)")
    #expect(report.instruction == 0x12c4)
    #expect(report.image == 0x5b90_4847_e7ea_ede8)
    #expect(report.callers == [0x4a1f, 0x499b])
  }

  /// A console's lines may end with a carriage return, and the report anywhere.
  @Test func aReportThatIsCutHasWhatCame() throws {
    let lines = Self.text.replacing("\n", with: "\r\n")
    #expect(ParsedCrashReport(in: lines) == ParsedCrashReport(in: Self.text))
    for count in 0...Self.text.count {
      let report = ParsedCrashReport(in: String(Self.text.prefix(count)))
      let isWhole = count >= Self.text.count - 1
      if isWhole { #expect(report?.callers.count == 2) }
      // Half a number is none.
      #expect((report?.callers ?? []).allSatisfy { [0x4a1f, 0x499b].contains($0) })
    }
    #expect(ParsedCrashReport(in: "no report") == nil)
  }

  /// A guest that is started again may crash again.
  @Test func theLastReportCounts() throws {
    let second = Self.text.replacing("4a1f", with: "4a2f")
    #expect(ParsedCrashReport(in: Self.text + second) == ParsedCrashReport(in: second))
    var finder = CrashReportFinder()
    finder.look(at: Array((Self.text + second).utf8))
    #expect(finder.report == ParsedCrashReport(in: second))
  }

  @Test(arguments: [1, 7, 1000]) func piecesOfAConsole(size: Int) throws {
    var finder = CrashReportFinder()
    let bytes = Array(Self.text.utf8)
    for start in stride(from: 0, to: bytes.count, by: size) {
      finder.look(at: Array(bytes[start..<min(start + size, bytes.count)]))
    }
    #expect(finder.found)
    #expect(finder.report == ParsedCrashReport(in: Self.text))
  }

  @Test func whatCannotBeNamedIsSaid() throws {
    let folder = try ScratchFolder()
    let report = try folder.file("report", Data(Self.text.utf8))
    let unknown = try PVHCommand("symbolize", report).finish()
    #expect(unknown.status == 1)
    #expect(unknown.text.contains("pvh symbolize names the functions where it was built"))
    let other = try PVHCommand("symbolize", report, "--program", "/bin/true").finish()
    #expect(other.status == 64)
    #expect(other.errors.contains("is another build than the one that crashed"))
    let cut = try folder.file("cut", Data(Self.text.prefix(120).utf8))
    let incomplete = try PVHCommand("symbolize", cut).finish()
    #expect(incomplete.status == 1)
    #expect(incomplete.text.contains("has no line \"image\""))
    let none = try PVHCommand("symbolize", "/dev/null").finish()
    #expect(none.status != 0)
  }
}
