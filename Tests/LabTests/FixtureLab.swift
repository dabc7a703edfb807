// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import Testing

/// A lab in which fixtures run, beside what dom0 does to them.
final class FixtureLab {
  let lab: DetachedLab

  init(_ name: String) throws { lab = try DetachedLab(name) }

  /// Runs a fixture to its end.
  func run(
    _ fixture: String, _ line: String = "", memory: String = "16", input: String? = nil,
    more: [String] = []
  ) throws -> PVHCommand.Result {
    try lab.command(
      ["run", Checkout.fixture(fixture), "--cmdline", line, "--memory", memory] + more,
      input: input
    ).finish()
  }

  /// Starts a fixture and waits until it says that it is ready.
  func start(
    _ fixture: String, _ line: String = "", memory: String = "16", more: [String] = []
  ) throws {
    let made = try lab.pvh(
      [
        "run", Checkout.fixture(fixture), "--detach", "--name", fixture, "--cmdline", line,
        "--memory", memory,
      ] + more)
    try #require(made.status == 0, "\(made.errors)")
    try waitForLine("\"t\":\"ready\"", of: fixture)
  }

  /// Waits until a fixture has printed something.
  func waitForLine(_ text: String, of fixture: String) throws {
    try lab.wait { try self.log(fixture).contains(text) }
  }

  /// What a fixture has printed.
  func log(_ fixture: String) throws -> String { try lab.pvh("logs", fixture).text }

  /// Runs a script in dom0, with the number of a fixture's domain as `$1`.
  @discardableResult
  func dom0(_ script: String, _ fixture: String? = nil) throws -> String {
    let number = try fixture.map { try self.number($0) } ?? ""
    return try lab.pvh("lab", "exec", lab.name, "--", "sh", "-c", script, "sh", number).text
  }

  /// The number of a fixture's domain.
  func number(_ fixture: String) throws -> String {
    let text = try lab.pvh("list", "--name", fixture, "--quiet").text
    return text.trimmingCharacters(in: .newlines)
  }

  /// Whether a fixture's domain is there and has not shut down.
  func isRunning(_ fixture: String) throws -> Bool {
    ["running", "blocked", "paused"].contains(try lab.summary(fixture).state)
  }

  /// Removes a fixture.
  func destroy(_ fixture: String) throws {
    #expect(try lab.pvh("destroy", fixture).status == 0)
  }

  /// The daemons, by their process numbers.
  func daemons() throws -> String {
    try dom0("pidof xenstored oxenstored; pidof xenconsoled; xenstore-read domid")
  }

  /// Another guest gets all that it needs.
  func expectOthersAreServed(_ after: Comment) throws {
    let other = try run("hello-exit", "code=3")
    #expect(other.status == 3, after)
    #expect(other.text.contains("hello from domain"), after)
    #expect(try run("xs-write", "every=1", more: ["--timeout", "0.3"]).status == 124, after)
  }
}
