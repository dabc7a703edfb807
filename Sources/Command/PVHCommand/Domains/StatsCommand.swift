// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import ArgumentParser
import Glibc
import JSON

/// `pvh stats`: what domains use.
struct StatsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stats",
    abstract: "Shows how much processor time and memory domains use.",
    discussion: """
      The share of the processors is that of the time between two looks; 100 % is one processor. With \
      --every the table is printed again and again, until Ctrl-C. What --json prints, a line each \
      time, is in docs/domains-json.md.

      Examples:
        pvh stats
        pvh stats web --every 5
      """)

  @Argument(
    help: "Names or numbers of domains; default: all.",
    completion: .custom { words, _, _ in DomainNames.all(words) })
  var domains: [String] = []

  @OptionGroup var target: TargetOptions

  @Option(help: "Seconds between samples; without it, one table after one second.")
  var every: Double?

  @Flag(help: "Print JSON.")
  var json = false

  func validate() throws {
    if let every, !(0.1...3600).contains(every) {
      throw ValidationError("--every \(every): give a number of seconds from 0.1 to 3600")
    }
  }

  func run() throws {
    let agent = try target.on.connect(for: .lasting)
    defer { agent.close() }
    var last = try UsageSample(agent, domains)
    repeat {
      usleep(UInt32((every ?? 1) * 1_000_000))
      let next = try UsageSample(agent, domains)
      let usages = next.usages(since: last)
      last = next
      if json {
        try Terminal.write(JSONValue.array(usages.map(\.json)).serialised() + [0x0a])
      } else {
        let style = OutputStyle.standardOutput
        for line in DomainUsage.table(usages, style) { try Terminal.write(styled: line) }
      }
    } while every != nil
  }
}
