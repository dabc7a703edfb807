// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing
import XenLab

/// The library for programs of others, used by one in dom0.
@Suite(.lab) struct ToolstackLibrary {
  /// What `ToolstackTrial` prints.
  private struct Verdict: Decodable {
    var rounds: [[String]]
    var figures: [[Int]]
  }

  private static let trial = Checkout.root.appending(path: ".build/release/ToolstackTrial").path

  @Test(
    .enabled("needs ToolstackTrial: run tools/test") {
      FileManager.default.fileExists(atPath: trial)
    },
    // It links the shared libraries of the Xen that it is built for.
    .enabled("another Xen than this machine's") {
      try XenRelease.fromEnvironment() == .ofThisMachine
    })
  func drivesDomainsByTasksAndLeavesNothing() throws {
    let labs = try StandingLabs()
    try labs.start("library")
    let files = [
      ("hello", Checkout.example("hello")), ("echo", Checkout.example("echo")),
      ("idle", Checkout.guest("idle")), ("trial", Self.trial),
    ]
    for (name, file) in files { try labs.copy(file, to: "/tmp/\(name)", in: "library") }
    let result = try labs.pvh("lab", "exec", "library", "--", "/tmp/trial")
    try #require(result.status == 0, "\(result.text)\(result.errors)")
    let verdict = try JSONDecoder().decode(Verdict.self, from: result.output)
    let cancelled = "failure(the task that waited for the end of a guest is cancelled)"
    let exited = "exit status 0"
    #expect(verdict.rounds.count == 21)
    #expect(
      Set(verdict.rounds) == [
        ["hello from domain N\n", "idle\n", exited, cancelled, cancelled, exited]
      ])
    let (before, after) = (verdict.figures[0], verdict.figures[1])
    #expect(before == after, "free memory in KiB, and descriptors")
    try expectNoDomainInXenstore {
      try labs.pvh("lab", "exec", "library", "--", "xenstore-list", $0).text
    }
  }
}
