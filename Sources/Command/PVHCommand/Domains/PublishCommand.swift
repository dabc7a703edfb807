// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import ArgumentParser
import Glibc
import HostSystem

/// `pvh publish`: ports of this machine that lead to a guest that runs already.
struct PublishCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "publish",
    abstract: "Makes ports of a running guest reachable on this machine.",
    discussion: """
      As pvh run --publish does for the guest that it runs. The ports are open until the guest has ended \
      or pvh is interrupted (Ctrl-C), which leaves the guest as it is. They lead to the guest that the \
      supervisor starts in its place, too.

      Example: pvh publish web 8080:80
      """)

  @Argument(
    help: "Name or number of the domain.",
    completion: .custom { words, _, _ in DomainNames.all(words) })
  var domain: String

  @Argument(
    help: ArgumentHelp(
      """
      [ADDRESS:]PORT:GUESTPORT: a TCP port of this machine, and that of the guest's first interface. \
      ADDRESS is one of this machine, by default 127.0.0.1; port 0 is any that is free.
      """),
    transform: PortPublication.init(argument:))
  var ports: [PortPublication]

  @OptionGroup var target: TargetOptions

  func validate() throws { try PortPublication.check(ports, of: "publish") }

  func run() throws {
    let agent = try target.place.connect(for: .lasting)
    defer { agent.close() }
    let signals = try SignalDescriptor([SIGINT, SIGTERM, SIGHUP])
    let published = try PublishedPorts(ports)
    try agent.ask { client throws(AgentError) in try client.send(.publish(domain: domain)) }
    while true {
      let activity = try agent.ask { client throws(AgentError) in
        try client.next(watching: [signals.descriptor, published.descriptor])
      }
      switch activity {
      case .event(.publishing):
        for line in published.announcements() { try Terminal.write(line) }
        published.begin()
      case .event(.forward(let part)):
        try agent.ask { client throws(AgentError) in try published.take(part, client) }
      case .event(.done):
        published.conclude()
        return Terminal.complain("pvh: the guest has ended")
      case .event(.failed(let failure)): throw Problem(failure)
      case .readable(signals.descriptor):
        guard let signal = signals.take() else { continue }
        // The guest goes on.
        throw ExitCode(ExitStatus.interrupted(bySignal: signal).rawValue)
      case .readable:
        try agent.ask { client throws(AgentError) in try published.advance(client) }
      case .event, .timedOut: continue
      }
    }
  }
}
