// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import FixtureVerdicts
import Foundation
import Testing

/// The conformance suite for console daemons, against the lab's xenconsoled.
@Suite(.lab, .serialized) struct ConsoleConformanceTests {
  @Test func theLabsDaemonPasses() throws {
    let result = try PVHCommand([
      "conformance", "console", "--on", "lab", "--restart-daemon", "--format", "tap",
    ]).finish()
    #expect(result.status == 0, "\(result.text) \(result.errors)")
    #expect(result.text.contains("1..23"))
    #expect(!result.text.contains("not ok") && !result.text.contains("# SKIP"), "\(result.text)")
  }

  /// A terminal that is not raw changes what passes through it.
  @Test func changedBytesAreFound() throws {
    let suite = try ToolstackSuite("cooked")
    try suite.put(
      """
      #!/bin/sh
      PATH=${PATH#*:}
      xl "$@" || exit
      [ $1 != unpause ] || stty -F $(xenstore-read /local/domain/$(xl domid $2)/console/tty) sane
      """, at: "/root/cooked/xl")
    let report = try suite.run(
      "PATH=/root/cooked:$PATH", "only=CO-03,CO-11", script: "test-console")
    #expect(report.ids(.fail) == ["CO-03", "CO-11"], "\(report.cases)")
  }

  /// A terminal that leads nowhere can be opened, and nothing comes of it.
  @Test func lostBytesAreFound() throws {
    let suite = try ToolstackSuite("nowhere")
    try suite.put(
      """
      #!/bin/sh
      PATH=${PATH#*:}
      xl "$@" || exit
      for file; do :; done
      case $1-$file in create-*.cfg)
        name=$(sed -n 's/^name = "\\(.*\\)"/\\1/p' $file)
        xenstore-write /local/domain/$(xl domid $name)/console/tty /dev/null ;;
      esac
      """, at: "/root/nowhere/xl")
    let report = try suite.run(
      "PATH=/root/nowhere:$PATH", "only=CO-01,CO-02,CO-19", script: "test-console")
    #expect(report.ids(.fail) == ["CO-01", "CO-19"], "\(report.cases)")
    #expect(report.ids(.pass) == ["CO-02"])
  }
}
