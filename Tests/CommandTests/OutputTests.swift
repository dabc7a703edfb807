// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// Standard output that takes nothing.
@Suite(.command) struct OutputTests {
  private static let image = Checkout.example("hello")

  @Test(arguments: [["inspect", image], ["check", image, "--json"], ["lab", "status"]])
  func aReaderThatGoesAwayIsNormal(words: [String]) throws {
    // The reader is gone when pvh starts.
    let result = try shell("{ sleep 0.2; \"$0\" \"$@\"; echo \"status $?\" >&2; } | :", words)
    #expect(result.errors == "status 141\n")
  }

  @Test(arguments: [
    (">/dev/full", "No space left on device"), (">&-", "Bad file descriptor"),
    ("<&- >&-", "Bad file descriptor"),
  ])
  func otherErrorsAreSaid(output: String, reason: String) throws {
    for words in [["inspect", Self.image], ["lab", "status"]] {
      let result = try shell("exec \"$0\" \"$@\" \(output)", words)
      #expect(result.status == 125)
      #expect(result.errors == "pvh: standard output cannot be written: \(reason)\n")
    }
  }

  private func shell(_ script: String, _ words: [String]) throws -> PVHCommand.Result {
    try PVHCommand(
      ["-c", script, Checkout.pvh.path] + words, program: URL(filePath: "/bin/sh")
    ).finish()
  }
}
