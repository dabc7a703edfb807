// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// `pvh run` on a terminal that a guest gets the keys of.
@Suite(.command) struct Terminals {
  /// Prints a line and then does this.
  private static func kernel(_ code: String) throws -> ForeignKernel {
    try ForeignKernel(ForeignKernel.onPC("mov $line, %esi; call print; \(code)"))
  }

  /// Waits for a key, and switches the PC off.
  private static let untilAKey =
    "mov $0x3fd, %dx; 9: in %dx, %al; test $1, %al; jz 9b; jmp switch_off"
  private static let greeting = "hello from a PC\r\n"

  @Test func isRawFromTheFirstOutputOn() throws {
    let kernel = try Self.kernel(Self.untilAKey)
    let run = try TerminalRun(["run", kernel.path, "--on", "qemu"])
    try #require(run.waitUntilItShows(Self.greeting), "\(run.screen)")
    #expect(!run.isAsShellsLeaveIt)
    run.type("\t")
    #expect(run.finish() == 0)
    #expect(run.isAsShellsLeaveIt)
    #expect(!run.screen.contains("\t"))
  }

  /// Also if it ends within the moment that pvh looks whether it still runs.
  @Test(arguments: 1...12)
  func showsAllThatAShortGuestPrints(attempt: Int) throws {
    let kernel = try Self.kernel("jmp switch_off")
    let run = try TerminalRun(["run", kernel.path, "--on", "qemu"])
    #expect(run.finish() == 0)
    #expect(run.screen.hasPrefix(Self.greeting), "\(run.screen)")
    #expect(run.screen.contains("the guest switched the PC off"), "\(run.screen)")
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
  func isPutBackAfterASignal(_ signal: Int32) throws {
    let kernel = try Self.kernel("9: jmp 9b")
    let run = try TerminalRun(["run", kernel.path, "--on", "qemu"])
    try #require(run.waitUntilItShows(Self.greeting), "\(run.screen)")
    #expect(!run.isAsShellsLeaveIt)
    run.send(signal)
    #expect(run.finish() == 128 + signal)
    #expect(run.isAsShellsLeaveIt)
  }

  @Test func isPutBackAfterACrash() throws {
    let kernel = try Self.kernel("lidt table; ud2")
    let run = try TerminalRun(["run", kernel.path, "--on", "qemu"])
    #expect(run.finish() == 134)
    #expect(run.screen.contains(Self.greeting), "\(run.screen)")
    #expect(run.isAsShellsLeaveIt)
    // What is said about the end begins at the left edge.
    #expect(run.screen.contains("\r\npvh: the guest crashed"), "\(run.screen.debugDescription)")
  }

  /// The keys that end a run are found behind any number that the guest does not take.
  @Test func aGuestThatReadsNothingCanBeLeft() throws {
    let kernel = try Self.kernel("9: jmp 9b")
    let run = try TerminalRun(["run", kernel.path, "--on", "qemu"])
    try #require(run.waitUntilItShows(Self.greeting), "\(run.screen)")
    let wasTaken = run.type(String(repeating: "x", count: 400_000) + "\u{1d}")
    try #require(wasTaken)
    #expect(run.finish() == 130)
    #expect(run.isAsShellsLeaveIt)
  }

  /// The terminal is the shell's then: pvh would be stopped by changing it.
  @Test func aRunInTheBackgroundGoesOn() throws {
    // Time for the shell to notice.
    let kernel = try Self.kernel("mov $0x4000000, %ecx; 9: loop 9b; jmp switch_off")
    let run = try TerminalRun(
      [
        "setsid", "--ctty", "--wait", "sh", "-mc",
        #""$0" run "$1" --on qemu & wait $!; echo "status $?""#, Checkout.pvh.path, kernel.path,
      ], program: URL(filePath: "/usr/bin/env"))
    #expect(run.finish() == 0)
    #expect(run.screen.contains(Self.greeting), "\(run.screen)")
    #expect(run.screen.contains("status 0\r\n"), "\(run.screen)")
    #expect(run.isAsShellsLeaveIt)
  }
}
