// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import ArgumentParser

/// `pvh wait`: until a guest ends.
struct WaitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "wait",
    abstract: "Waits until a guest ends, and exits with its status.",
    discussion: """
      A detached guest ends when it is not started again. An unsupervised domain stays as it \
      is then; pvh destroy takes it away. The statuses are those of pvh run.

      Example: pvh wait hello --timeout 60; echo $?
      """)

  @Argument(
    help: "Name or number of the domain.",
    completion: .custom { words, _, _ in DomainNames.all(words) })
  var domain: String

  @OptionGroup var target: TargetOptions

  @Option(help: "Seconds to wait at most.")
  var timeout: Double?

  func validate() throws {
    if let timeout { try Seconds.check(timeout) }
  }

  func run() throws {
    let agent = try target.on.connect(for: .lasting)
    defer { agent.close() }
    let action = DomainAction(
      .wait, on: domain, timeLimitMilliseconds: timeout.map { Int($0 * 1000) })
    let outcome = try agent.ask { (client: AgentClient) throws(AgentError) in
      try client.act(action)
    }
    guard let outcome else { return }
    let status = try GuestRun(agent: agent, name: domain, verbose: false).status(of: outcome)
    if status.rawValue != 0 { throw ExitCode(status.rawValue) }
  }
}
