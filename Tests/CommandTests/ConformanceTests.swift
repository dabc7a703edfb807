// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import CommandFixture
import FixtureVerdicts
import Foundation
import SystemPackage
import Testing

@testable import PVHCommand

/// `pvh conformance`, as far as it needs no Xen.
@Suite(.command) struct ConformanceTests {
  private static let lines = """
    xl of Xen 4.17.7
    @pvh {"v":1,"t":"plan","fixture":"toolstack","n":3}
    @pvh {"v":1,"t":"case","id":"TS-01","level":"M","r":"pass","ms":5,"what":"EBX <leads>","source":"pvh.pandoc"}
    @pvh {"v":1,"t":"case","id":"TS-17","level":"S","r":"fail","note":"12 & 16","ms":5,"what":"memory","source":"xl.cfg"}
    @pvh {"v":1,"t":"case","id":"TS-47","level":"D","r":"pass","answer":"reason 1","ms":5,"what":"triple","source":"libxl"}

    """

  private static let end =
    #"@pvh {"v":1,"t":"end","fixture":"toolstack","r":"fail","pass":2,"fail":1,"skip":0}"#
    + "\nTest result: FAILURE\n"

  private func output(
    _ text: String, _ ending: CommandOutput.Ending, errors: String = ""
  ) -> CommandOutput {
    CommandOutput(
      ending: ending, standardOutput: Array(text.utf8), standardError: Array(errors.utf8))
  }

  private func result(_ output: CommandOutput, profiles: [ConformanceProfile] = [])
    -> ConformanceResult
  {
    let (report, outcome) = ScriptedSuite.report(output)
    return ConformanceResult(
      report: report, outcome: outcome, profiles: profiles, subject: report.text.first ?? "-",
      xenVersion: "4.17", whereabouts: "the lab", milliseconds: 1234)
  }

  @Test func aWholeReportIsTold() {
    let text = result(output(Self.lines + Self.end, .exited(1))).text(in: .text)
    #expect(
      text == """
        xl of Xen 4.17.7, the lab: 3 cases in 1.2 s
          level                             pass  fail  skip
          M, a sentence of a specification     1     0     0
          S, shared by all that are known      0     1     0
          D, measured                          1     0     0
        failed: TS-17 (S, xl.cfg): memory
                12 & 16

        """)
  }

  @Test func thePageEscapesAndShowsDifferences() throws {
    let other = try ConformanceProfile(
      named: "other<1>", Array(#"{"answers":{"TS-47":"reason 3"}}"#.utf8), file: "other.json")
    let page = result(output(Self.lines + Self.end, .exited(1)), profiles: [other])
      .text(in: .html)
    #expect(page.hasPrefix("<!DOCTYPE html>") && page.hasSuffix("</html>\n"))
    #expect(page.contains("<td>EBX &lt;leads&gt;</td>") && !page.contains("<leads>"))
    #expect(page.contains("<tr class=\"fail\"><td>TS-17</td>"))
    #expect(page.contains("fail: 12 &amp; 16"))
    #expect(page.contains("all but 1 are those of other&lt;1&gt;"))
    #expect(page.contains("<tr><td>TS-47</td><td>reason 1</td><td>reason 3</td></tr>"))
    #expect(page.contains("3 cases in 1.2 s: 2 passed, 1 failed, 0 skipped."))
  }

  @Test func ofEqualProfilesTheFullerOneIsTheNearest() throws {
    func profile(_ name: String, _ answers: String) throws -> ConformanceProfile {
      try ConformanceProfile(named: name, Array("{\"answers\":{\(answers)}}".utf8), file: "a.json")
    }
    let mine = try profile("here", #""A-1":"x","A-2":"y","A-3":"z""#)
    let known = try [
      profile("emptier", #""A-1":"x""#), profile("fuller", #""A-1":"x","A-2":"y""#),
      profile("other", #""A-1":"x","A-2":"y","A-3":"w""#),
    ]
    #expect(mine.nearest(of: known)?.name == "fuller")
    #expect(mine.nearest(of: known.reversed())?.name == "fuller")
    #expect(mine.differences(from: known[2]) == ["A-3"])
    #expect(mine.nearest(of: []) == nil)
  }

  @Test func aScriptThatDiesLeavesWhatItSaid() {
    let cases: [(CommandOutput, problem: String)] = [
      (output(Self.lines, .exited(99)), "the output ends before the guest's last line"),
      (output("", .exited(1), errors: "tar: not found\n"), "tar: not found"),
      (output("", .exited(127)), "the script ended with status 127"),
      (output(Self.lines, .signalled(9)), "the script died of signal 9"),
      (output(Self.lines, .timedOut), "the script did not end in time"),
    ]
    for (output, problem) in cases {
      let result = result(output)
      let (conclusion, said) = result.report.conclusion(result.outcome)
      #expect(conclusion == .broken && said == problem)
    }
  }

  /// As Debian's tar reads it.
  @Test func carriedFilesAreATarArchive() throws {
    let folder = try ScratchFolder()
    var files = CarriedFiles()
    files.add("bin/run", Array("#!/bin/sh\n".utf8), isExecutable: true)
    files.add("bin/empty", [])
    let image = (0..<1537).map { UInt8(truncatingIfNeeded: $0 * 7) }
    files.add("elf/one.elf", image)
    let file = try folder.file("files.tar", Data(files.archive))
    let env = URL(filePath: "/usr/bin/env")
    let list = try PVHCommand(["tar", "-tvf", file], program: env).finish()
    #expect(list.status == 0 && list.errors.isEmpty, "\(list.errors)")
    #expect(
      list.text.split(separator: "\n").map { $0.prefix(10) } == [
        "-rwxr-xr-x", "-rw-r--r--", "-rw-r--r--",
      ])
    let content = try PVHCommand(["tar", "-xOf", file, "elf/one.elf"], program: env).finish()
    #expect(Array(content.output) == image)
  }

  @Test func badOptionsAreRefused() throws {
    let cases: [([String], String)] = [
      (["toolstack", "--subject", "xm"], "'xm' is invalid"),
      (["toolstack", "--only", "ts-01"], "--only ts-01: give ids such as"),
      (["toolstack", "--core-time", "-1"], "Missing value for '--core-time"),
      (["console", "--on", "qemu"], "--on qemu has no Xen; use --on lab"),
      (["console", "--format", "pdf"], "'pdf' is invalid"),
      (["toolstack", "--fixtures", "/nowhere"], "there is no folder /nowhere"),
    ]
    for (words, message) in cases {
      let result = try PVHCommand(["conformance"] + words).finish()
      #expect(result.status == 64, "\(words): \(result.status)")
      #expect(result.errors.contains(message), "\(result.errors)")
    }
    let folder = try ScratchFolder()
    let empty = try PVHCommand(["conformance", "console", "--fixtures", folder.url.path]).finish()
    #expect(empty.errors.contains("has no script test-console"), "\(empty.errors)")
  }
}
