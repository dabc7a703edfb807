// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import ArgumentParser

/// `pvh list`: the domains of a place.
struct ListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "Lists the domains, whoever made them.",
    discussion: """
      The control domain is not listed. --json prints an array of objects, with memory in KiB and
      processor time in ns.

      Examples:
        pvh list
        pvh list --state running --quiet | xargs pvh destroy
        pvh list --on ssh://root@host --json
      """)

  @OptionGroup var place: PlaceOptions

  @Option(help: "Only domains that are running, blocked, paused, shutDown, crashed or dying.")
  var state: DomainSummary.State?

  @Flag(help: "Print JSON.")
  var json = false

  @Flag(name: .shortAndLong, help: "Print numbers only.")
  var quiet = false

  func validate() throws {
    if json, quiet { throw ValidationError("--json and --quiet exclude each other") }
  }

  func run() throws {
    let domains = try domains().filter { state == nil || $0.state == state }
    if json {
      let text = JSONValue.array(domains.map(\.json)).serialised()
      return try Terminal.write(text + [0x0a])
    }
    if quiet {
      for domain in domains { try Terminal.write("\(domain.domainID)") }
      return
    }
    for line in DomainTable(domains).lines { try Terminal.write(line) }
  }

  private func domains() throws -> [DomainSummary] {
    guard let agent = try place.on.connectIfUp(for: .lasting, verbose: false) else {
      Terminal.complain("pvh: no lab is up, so there are no domains; pvh create starts one")
      return []
    }
    defer { agent.close() }
    let all = try agent.ask { (client: AgentClient) throws(AgentError) in try client.list() }
    return Array(all.filter { $0.domainID != 0 })
  }
}
