// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import ArgumentParser

/// Domains by their names or numbers, and the same thing done with each.
struct DomainsArgument: ParsableArguments {
  @Argument(
    help: "Names or numbers of domains.",
    completion: .custom { words, _, _ in DomainNames.all(words) })
  var domains: [String]

  @OptionGroup var target: TargetOptions

  func validate() throws {
    if domains.isEmpty { throw ValidationError("name a domain; pvh list shows them") }
  }

  /// Does it once with each of them, also when it fails with some; each failure is reported.
  ///
  /// - Throws: the last of the failures, after all the others were reported.
  func each(_ verb: DomainAction.Verb, timeLimitMilliseconds: Int? = nil) throws {
    let agent = try target.place.connect(for: .lasting)
    defer { agent.close() }
    var failure: Problem?
    for (index, domain) in domains.enumerated() where !domains[..<index].contains(domain) {
      do throws(Problem) {
        _ = try agent.ask { (client: AgentClient) throws(AgentError) in
          try client.act(
            DomainAction(verb, on: domain, timeLimitMilliseconds: timeLimitMilliseconds))
        }
      } catch {
        failure?.report()
        failure = error
      }
    }
    if let failure { throw failure }
  }
}

/// `pvh pause`.
struct PauseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pause",
    abstract: "Stops the vCPUs of domains where they are.",
    discussion: "Example: pvh pause hello")

  @OptionGroup var domains: DomainsArgument

  func run() throws { try domains.each(.pause) }
}

/// `pvh unpause`.
struct UnpauseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "unpause",
    abstract: "Lets paused domains go on.",
    discussion: "Example: pvh unpause hello")

  @OptionGroup var domains: DomainsArgument

  func run() throws { try domains.each(.unpause) }
}

/// `pvh destroy`.
struct DestroyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "destroy",
    abstract: "Takes domains away, whatever their guests are doing.",
    discussion: "Example: pvh destroy hello 7")

  @OptionGroup var domains: DomainsArgument

  func run() throws { try domains.each(.destroy) }
}

/// `pvh shutdown`.
struct ShutdownCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "shutdown",
    abstract: "Asks guests to power off, waits for it, and takes their domains away.",
    discussion: "Example: pvh shutdown hello --timeout 10")

  @OptionGroup var domains: DomainsArgument

  @Option(help: "Seconds that each guest may take.")
  var timeout: Double = 60

  func validate() throws { try Seconds.check(timeout) }

  func run() throws { try domains.each(.shutdown, timeLimitMilliseconds: Int(timeout * 1000)) }
}

/// `pvh reboot`.
struct RebootCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reboot",
    abstract: "Asks guests to end, and waits until they have been started again.",
    discussion: """
      For domains of pvh run --detach, whose supervisor starts them again. Their numbers change.

      Example: pvh reboot web --timeout 10
      """)

  @OptionGroup var domains: DomainsArgument

  @Option(help: "Seconds that each guest may take.")
  var timeout: Double = 60

  func validate() throws { try Seconds.check(timeout) }

  func run() throws { try domains.each(.reboot, timeLimitMilliseconds: Int(timeout * 1000)) }
}

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
    let agent = try target.place.connect(for: .lasting)
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
