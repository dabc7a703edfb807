// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import PVHTesting
import Testing

/// What tests of users' packages do with a guest, here with the example echo.
@Suite(.lab, .timeLimit(.minutes(30))) struct BootedGuests {
  private func echo() throws -> BootedGuest {
    let manifest = Checkout.root.appending(path: "guest-runtime/Examples/echo/Package.swift")
    return try BootedGuest("echo", options: ["--on", "lab"], file: manifest.path)
  }

  @Test(.bootsGuests) func linesGoBothWays() throws {
    let guest = try echo()
    try guest.waitForLine("ends it")
    try guest.send("one")
    #expect(try guest.waitForLine("said") == "you said: one")
    try guest.send("two")
    try guest.send("bye")
    try guest.waitForLine("you said: two")
    try guest.expectExit(0)
    #expect(guest.printed.hasSuffix("you said: one\nyou said: two\nbye\n"), "\(guest.printed)")
  }

  /// A line counts once, in the order of the calls.
  @Test func aLineThatDoesNotComeIsAFailure() throws {
    let guest = try echo()
    try guest.waitForLine("ends it")
    try fails("echo: no line with \"ends it\" came within 0.5 seconds", "\n  | ") {
      try guest.waitForLine("ends it", within: .milliseconds(500))
    }
    try fails("echo: it did not end within 0.5 seconds") {
      try guest.expectExit(0, within: .milliseconds(500))
    }
    try guest.send("bye")
    try fails("echo: it exited with 0 in place of 3", "  | bye\n") { try guest.expectExit(3) }
    try fails("echo: it ended before it printed a line with \"more\"") {
      try guest.waitForLine("more")
    }
    try fails("echo: it ended before \"more\" was typed") { try guest.send("more") }
  }

  @Test func aGuestThatIsNotThereCannotBeBuilt() throws {
    let manifest = Checkout.root.appending(path: "guest-runtime/Examples/echo/Package.swift")
    let failure = #expect(throws: GuestFailure.self) {
      _ = try BootedGuest("choir", file: manifest.path)
    }
    let text = failure?.description ?? ""
    #expect(text.hasPrefix("choir cannot be built\npvh build:\n  | "), "\(text)")
    #expect(text.contains("has no guest \"choir\", only echo"), "\(text)")
  }

  /// Expects that the body fails the test, with these words in its message.
  private func fails(_ words: String..., body: () throws -> Void) throws {
    try withKnownIssue {
      try body()
    } matching: { issue in
      let text = issue.comments.map(\.rawValue).joined()
      return words.allSatisfy { (text + "\n").contains($0) }
    }
  }
}
