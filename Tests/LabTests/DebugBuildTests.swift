// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// `pvh build --debug`: a guest that says in words which of its checks failed, and where.
@Suite(.lab, .serialized) struct DebugBuilds {
  @Test(
    .timeLimit(.minutes(30)),
    arguments: [
      ("fatal", "Checks.swift:8: Fatal error: nothing goes on\n"),
      ("precondition", "Checks.swift:9: Precondition failed: more is wanted\n"),
      ("assert", "Checks.swift:10: Assertion failed: it is so\n"),
      ("nil", "Checks.swift:11: Fatal error: Unexpectedly found nil while unwrapping"),
      ("index", "Fatal error: Index out of range\n"),
    ])
  func aFailedCheckSaysItsMessageAndLine(way: String, message: String) throws {
    let image = try DebugGuest.build()
    let result = try PVHCommand("run", image, "--on", "lab", "--cmdline", way).finish()
    #expect(result.status == 134, "\(result.errors)")
    #expect(result.text.contains(message), "\(result.text)")
    #expect(result.text.contains("\n*** the guest crashed: "))
  }
}
