// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import ArgumentParser

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
