// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import ArgumentParser
import Glibc
import HostJSON
import PVHTargets
import XenDomainModel

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
    let domains = try [DomainSummary](of: target.place).filter(isWanted)
    if json {
      return try Terminal.write(JSONValue.array(domains.map(\.json)).serialised() + [0x0a])
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

/// Domains as a table for people.
struct DomainTable {
  private static let nameColumn = 1
  private var table = TextTable(
    ["ID", "NAME", "STATE", "MEMORY", "VCPUS", "CPU TIME", "RESTARTS"], numbers: [0, 3, 4, 5, 6])

  init(_ domains: [DomainSummary]) {
    for domain in domains {
      table.add(
        [
          domain.domainID.map { "\($0)" } ?? "-", domain.name.isEmpty ? "-" : domain.name,
          domain.stateWords, DomainFormatting.memory(domain.memoryKiB), "\(domain.vcpuCount)",
          domain.cpuNanoseconds.map(DomainFormatting.time) ?? "-",
          domain.supervision.map { "\($0.restartCount)" } ?? "-",
        ], colors: [2: domain.stateColor].compactMapValues(\.self))
    }
  }

  /// The lines as a terminal shows them.
  func lines(_ style: OutputStyle) -> [String] {
    table.lines(style, flexible: Self.nameColumn)
  }
}

extension [DomainSummary] {
  /// The domains of a target, without the control domain; none if there is no lab that is up.
  init(of target: Target) throws(Problem) {
    guard let agent = try target.connectIfUp(for: .lasting) else {
      Terminal.complain("pvh: no lab is up, so there are no domains; pvh create starts one")
      self = []
      return
    }
    defer { agent.close() }
    self = try agent.domains()
  }
}

extension AgentConnection {
  /// The domains there, without the control domain.
  func domains() throws(Problem) -> [DomainSummary] {
    let all = try ask { (client: AgentClient) throws(AgentError) in try client.list() }
    return all.filter { $0.domainID != 0 }
  }
}

/// What a shell proposes for the name of a domain.
enum DomainNames {
  /// The names in the target that the line names so far; no lab is started for it, nothing said.
  static func all(_ words: [String]) -> [String] {
    let target = zip(words, words.dropFirst()).first { $0.0 == "--on" }?.1 ?? "auto"
    // The shell shows what a completion writes.
    let null = open("/dev/null", O_WRONLY)
    dup2(null, STDERR_FILENO)
    // Another machine would be asked for a password.
    guard let target = try? Target(target), !target.isRemote,
      let domains = try? [DomainSummary](of: target)
    else { return [] }
    return domains.map(\.reference)
  }
}

extension DomainSummary {
  /// Its name, or the number of one that has none.
  var reference: String { name.isEmpty ? "\(domainID ?? 0)" : name }
}

extension Target {
  /// Whether another machine is asked.
  fileprivate var isRemote: Bool {
    if case .ssh = self { true } else { false }
  }
}
