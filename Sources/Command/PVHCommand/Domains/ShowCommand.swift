// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import ArgumentParser
import JSON

/// `pvh show`: all about one domain.
struct ShowCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show",
    abstract: "Shows all about a domain.",
    discussion: """
      What --json prints is in docs/domains-json.md.

      Example: pvh show web
      """)

  @Argument(
    help: "Name or number of the domain.",
    completion: .custom { words, _, _ in DomainNames.all(words) })
  var domain: String

  @OptionGroup var target: TargetOptions

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let agent = try target.on.connect(for: .lasting)
    defer { agent.close() }
    let details = try agent.ask { client throws(AgentError) in try client.show(domain) }
    if json { return try Terminal.write(JSONValue.object(details.members).serialisedForPeople()) }
    for line in DomainDetailsText(details).lines { try Terminal.write(line) }
  }
}
