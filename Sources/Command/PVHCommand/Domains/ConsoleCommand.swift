// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import ArgumentParser
import Glibc
import HostSystem

/// `pvh console`: a domain's console on the terminal.
struct ConsoleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "console",
    abstract: "Attaches the terminal to a domain's console; Ctrl-] leaves it.",
    discussion: """
      What the guest has printed so far comes first, as much as has been kept. Ctrl-] leaves, on a \
      terminal; the guest goes on. When the guest ends, pvh exits with its status; an unsupervised domain is left in place. \
      Two that read the same console (xl console is one, too) share what it prints between them; a \
      detached guest's console has one pvh at a time, and pvh logs --follow shows it, too.

      Example: pvh console hello
      """)

  @Argument(
    help: "Name or number of the domain.",
    completion: .custom { words, _, _ in DomainNames.all(words) })
  var domain: String

  @OptionGroup var target: TargetOptions

  func run() throws {
    let agent = try target.on.connect(for: .lasting)
    defer { agent.close() }
    let signals = try SignalDescriptor([SIGINT, SIGTERM, SIGHUP])
    var session = ConsoleSession(agent: agent)
    if isatty(STDIN_FILENO) == 1 {
      Terminal.complain("pvh: the console of \(domain); Ctrl-] leaves it")
    }
    let outcome = try RawTerminal.with { () throws(Problem) in
      try session.perform(domain, signals: signals)
    }
    guard let outcome else { return }
    let status = try GuestRun(agent: agent, name: domain, verbose: false).status(of: outcome)
    if status.rawValue != 0 { throw ExitCode(status.rawValue) }
  }
}
