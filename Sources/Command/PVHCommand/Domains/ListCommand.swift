// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import ArgumentParser
import DomainModel
import Glibc
import JSON

/// `pvh list`: the domains on a target.
struct ListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "list",
    abstract: "Lists all domains on the host.",
    discussion: """
      The control domain is not listed. Those whose guest has ended for good, and of which pvh run \
      --detach has left a record, are listed with --all, until pvh destroy. What --json prints is in \
      docs/domains-json.md.

      Examples:
        pvh list
        pvh list --all --name 'web-*'
        pvh list --state running --quiet | xargs -r pvh destroy
        pvh list --on ssh://root@host --json
      """)

  @OptionGroup var target: TargetOptions

  @Option(
    help: """
      Only domains that are running, blocked, paused, shutDown, crashed, dying, waiting or ended.
      """)
  var state: DomainState?

  @Option(help: ArgumentHelp("Only domains whose names match, as files do.", valueName: "pattern"))
  var name: String?

  @Flag(name: .shortAndLong, help: "Also those of which only a record is left.")
  var all = false

  @Flag(help: "Print JSON.")
  var json = false

  @Flag(name: .shortAndLong, help: "Print numbers only, and names where there is no number.")
  var quiet = false

  func validate() throws {
    if json, quiet { throw ValidationError("--json and --quiet exclude each other") }
  }

  func run() throws {
    let domains = try [DomainSummary](of: target.on).filter(isWanted)
    if json {
      return try Terminal.write(JSONValue.array(domains.map(\.json)).serialisedForPeople())
    }
    if quiet {
      for domain in domains { try Terminal.write(domain.domainID.map { "\($0)" } ?? domain.name) }
      return
    }
    let style = OutputStyle.standardOutput
    for line in DomainTable(domains).lines(style) { try Terminal.write(styled: line) }
  }

  private func isWanted(_ domain: DomainSummary) -> Bool {
    if let name, fnmatch(name, domain.name, 0) != 0 { return false }
    if let state { return domain.state == state }
    return all || domain.state != .ended
  }
}
