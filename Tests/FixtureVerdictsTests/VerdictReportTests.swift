// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import FixtureVerdicts
import Foundation
import Testing

/// What fixtures say of themselves, as other programs read it.
@Suite struct VerdictReportTests {
  /// A log as a console daemon with time stamps leaves it: noise, a cut line, all kinds of cases.
  private static let mixed = """
    [2026-11-28 05:00:00] @pvh {"v":1,"t":"ready","fixture":"report"}\r
    @pvh {"v":1,"t":"plan","fixture":"report","n":4}
    booting <fast> & "well"
    @pvh {"v":1,"t":"case","id":"TS-01","r":"pass","ms":7}
    @pvh {"v":1,"t":"case","id":"TS-02","level":"M","r":"fail","note":"a \\"b\\", c: 100%"}
    @pvh {"v":1,"t":"cas
    @pvh {"v":1,"t":"case","id":"TS-03","r":"skip","note":"no wish"}
    @pvh {"v":1,"t":"case","id":"TS-04","level":"D","r":"pass","answer":"129, E2BIG","ms":1203}
    @pvh {"v":1,"t":"end","fixture":"report","r":"fail","pass":2,"fail":1,"skip":1}
    Test result: FAILURE

    """

  private func report(_ console: String) -> VerdictReport {
    VerdictReport(console: Array(console.utf8))
  }

  @Test func readsALogWithOtherThingsInIt() {
    let report = report(Self.mixed)
    #expect(report.fixture == "report")
    #expect(report.planned == 4)
    #expect(report.cases.map(\.id) == ["TS-01", "TS-02", "TS-03", "TS-04"])
    #expect(report.cases.map(\.result) == [.pass, .fail, .skip, .pass])
    #expect(
      report.text == [
        "[2026-11-28 05:00:00] ", "booting <fast> & \"well\"", "@pvh {\"v\":1,\"t\":\"cas",
      ])
    #expect(report.conclusion(.exited(1)) == (.fail, nil))
  }

  @Test func tap() {
    let text = VerdictFormat.tap.text(report(Self.mixed), .exited(1))
    #expect(
      text == """
        TAP version 13
        1..4
        # fixture: report
        ok 1 - TS-01
        not ok 2 - TS-02
          ---
          message: "a \\"b\\", c: 100%"
          ...
        ok 3 - TS-03 # SKIP no wish
        ok 4 - TS-04
        # TS-04: 129, E2BIG
        # [2026-11-28 05:00:00]\u{20}
        # booting <fast> & "well"
        # @pvh {"v":1,"t":"cas

        """)
  }

  @Test func junit() throws {
    let text = VerdictFormat.junit.text(report(Self.mixed), .exited(1))
    #expect(
      text.contains(
        "<testsuite name=\"report\" tests=\"4\" failures=\"1\" errors=\"0\" skipped=\"1\" time=\"1.210\">"
      ))
    #expect(text.contains("<failure message=\"a &quot;b&quot;, c: 100%\"/>"))
    #expect(text.contains("booting &lt;fast&gt; &amp; &quot;well&quot;"))
  }

  @Test func github() {
    #expect(
      VerdictFormat.github.text(report(Self.mixed), .exited(1)) == """
        ::error title=report TS-02::a "b", c: 100%25
        ::notice title=report TS-03::skipped: no wish
        report: 2 passed, 1 failed, 1 skipped

        """)
  }

  @Test func aRunThatDiesInTheMiddleIsBroken() {
    let end = "@pvh {\"v\":1,\"t\":\"end\""
    let cut = Self.mixed.replacing(end, with: "")
    let (conclusion, problem) = report(cut).conclusion(.exited(0))
    #expect(conclusion == .broken)
    #expect(problem == "the output ends before the guest's last line")
    let crashed = report(cut).conclusion(.other("the guest crashed"))
    #expect(crashed == (.broken, "the guest crashed"))
    #expect(
      VerdictFormat.tap.text(report(cut), .other("the guest crashed"))
        .hasSuffix("Bail out! the guest crashed\n"))
    let lost = Self.mixed.replacing("@pvh {\"v\":1,\"t\":\"case\",\"id\":\"TS-03\"", with: "")
    #expect(
      report(lost).conclusion(.exited(1)) == (.broken, "3 of 4 cases arrived"))
  }

  @Test(arguments: [
    ("Test result: SUCCESS\n", 0, VerdictReport.Conclusion.pass),
    ("Test result: FAILURE\n", 1, .fail), ("Test result: SKIP\n", 77, .skip),
    ("Test result: ERROR\n", 99, .broken), ("hello\n", 0, .pass), ("hello\n", 3, .fail),
    ("hello\n", 77, .skip), ("", 99, .broken),
    ("@pvh {\"v\":1,\"t\":\"error\",\"text\":\"no\"}\n", 99, .broken),
  ])
  func guestsWithoutCases(console: String, status: Int, conclusion: VerdictReport.Conclusion) {
    #expect(report(console).conclusion(.exited(status)).0 == conclusion)
  }

  /// `pvhfixtures.py` gives the same bytes and exit statuses, also for logs that nobody should write.
  @Test(arguments: VerdictFormat.allCases)
  func pythonSaysTheSame(format: VerdictFormat) throws {
    let hostile = Self.mixed + "\u{1b}[2J\u{7f}\u{85} é \u{fffe}\n@pvh {\"t\":3}\n@pvh {}\n"
    let invalid = Array("@pvh {\"t\":\"case\",\"id\":\"\\u0007\"}\n\u{ff}".utf8) + [0xff, 0xc3, 10]
    let logs: [[UInt8]] = [
      Array(Self.mixed.utf8), Array(hostile.utf8), invalid, [], Array("hello\n".utf8),
      Array(Self.mixed.utf8.prefix(300)), Array("Test result: ERROR\n".utf8),
    ]
    let script = Checkout.root.appending(path: "guest-runtime/Fixtures/python/pvhfixtures.py").path
    for log in logs {
      for status in [0, 1, 77, 99] {
        let python = try PVHCommand(
          ["python3", script, "--format", format.rawValue, "--exit-status", "\(status)"],
          program: URL(filePath: "/usr/bin/env"), input: Data(log)
        ).finish()
        let report = VerdictReport(console: log)
        #expect(python.text == format.text(report, .exited(status)), "\(python.errors)")
        #expect(python.status == Int32(report.conclusion(.exited(status)).0.rawValue))
      }
    }
  }
}
