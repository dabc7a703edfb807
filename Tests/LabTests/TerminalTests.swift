// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Testing

/// Guests of this project that are run from a terminal.
@Suite(.lab) struct TerminalTests {
  /// The terminal echoes, and hands lines over when they are complete.
  @Test func guestsThatReadLinesLeaveTheTerminalAlone() throws {
    let run = try TerminalRun(["run", Checkout.example("echo"), "--on", "lab"])
    try #require(run.waitUntilItShows("say something"), "\(run.screen)")
    #expect(run.isAsShellsLeaveIt)
    run.type("helo\u{7f}lo\n")
    #expect(run.waitUntilItShows("you said: hello"), "\(run.screen)")
    run.type("bye\n")
    #expect(run.finish() == 0)
    #expect(run.isAsShellsLeaveIt)
  }

  @Test func eachKeyIsPassedOnIfTheUserWantsIt() throws {
    let run = try TerminalRun(["run", Checkout.guest("typing"), "--on", "lab", "--raw"])
    try #require(run.waitUntilItShows("press a key"), "\(run.screen)")
    #expect(!run.isAsShellsLeaveIt)
    run.type("\t")
    #expect(run.waitUntilItShows("key 9\r\n"), "\(run.screen)")
    // Two presses of Ctrl-C, the first of which the guest gets.
    run.type("\u{3}")
    #expect(run.waitUntilItShows("Ctrl-C went to the guest"), "\(run.screen)")
    run.type("\u{3}")
    #expect(run.finish() == 130)
    #expect(run.isAsShellsLeaveIt)
  }
}
