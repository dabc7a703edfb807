// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import ArgumentParser

/// `pvh pause`.
struct PauseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pause",
    abstract: "Stops the vCPUs of domains where they are.",
    discussion: "Example: pvh pause hello")

  @OptionGroup var domains: DomainsArgument

  func run() throws { try domains.each(.pause) }
}
