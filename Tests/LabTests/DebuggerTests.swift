// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

extension Trait where Self == ConditionTrait {
  /// Runs only where gdb is installed.
  static var gdb: Self {
    .enabled("needs gdb: run tools/test") { FileManager.default.fileExists(atPath: "/usr/bin/gdb") }
  }
}

/// `pvh run --gdb`: Debian's gdb holds a guest under real Xen.
@Suite(.lab, .gdb, .serialized, .timeLimit(.minutes(30))) struct Debugging {
  private static let breakpoint = "break Checks.swift:7"

  @Test func gdbStopsInRunAndPrintsAVariable() throws {
    let (gdb, guest) = try debug(
      "index", Self.breakpoint, "continue", "print way", "backtrace", "next", "info line")
    #expect(gdb.contains("pvh_start () at"), "\(gdb)")
    #expect(gdb.contains("Breakpoint 1, "), "\(gdb)")
    #expect(gdb.contains("Checks.swift:7\n7\t    switch way.first {"), "\(gdb)")
    #expect(gdb.contains("$1 = {buffer = "), "\(gdb)")
    #expect(gdb.contains("runToEnd"), "\(gdb)")
    #expect(gdb.contains("Line 12 of "), "\(gdb)")
    // gdb quits, and ends what was started for it.
    #expect(guest.status == 125)
    #expect(guest.errors.contains("the guest was stopped"))
  }

  @Test func aFailedCheckStopsAndThenEndsTheGuest() throws {
    let (gdb, guest) = try debug("fatal", "continue", "x/i $rip", "continue")
    #expect(gdb.contains("Program received signal SIGILL"), "\(gdb)")
    #expect(gdb.contains("\tud2"), "\(gdb)")
    #expect(gdb.contains("Program terminated with signal SIGABRT"), "\(gdb)")
    #expect(guest.status == 134)
    #expect(guest.text.contains("Checks.swift:8: Fatal error: nothing goes on"))
    #expect(guest.text.contains("*** the guest crashed: invalid opcode"))
  }

  @Test func aGuestGoesOnWhenGdbHasLeft() throws {
    let (gdb, guest) = try debug(
      "precondition", Self.breakpoint, "continue", "stepi", "info registers rip", "detach")
    #expect(gdb.contains("rip            0x"), "\(gdb)")
    #expect(gdb.contains("detached]"), "\(gdb)")
    #expect(guest.status == 134)
    #expect(guest.text.contains("Checks.swift:9: Precondition failed: more is wanted"))
  }

  /// Runs the guest, and gdb with these commands; what gdb printed, and what came of the guest.
  private func debug(
    _ way: String, _ commands: String...
  ) throws -> (gdb: String, guest: PVHCommand.Result) {
    let image = try DebugGuest.build()
    let port = Int.random(in: 20_000..<30_000)
    let guest = try PVHCommand(
      "run", image, "--on", "lab", "--gdb=\(port)", "--timeout", "300", "--cmdline", way)
    let preparations = [
      "set pagination off", "set tcp auto-retry on", "set tcp connect-timeout 60",
      // The guest's domain may have to be built first.
      "set remotetimeout 60", "target remote 127.0.0.1:\(port)",
    ]
    let arguments = (preparations + commands).flatMap { ["-ex", $0] }
    let gdb = try PVHCommand(
      ["-nx", "-batch"] + arguments + [DebugGuest.program], program: URL(filePath: "/usr/bin/gdb")
    ).finish()
    return (gdb.text + gdb.errors, guest.finish())
  }
}
