// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import ArgumentParser

/// `pvh unpause`.
struct UnpauseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "unpause",
    abstract: "Lets paused domains go on.",
    discussion: "Example: pvh unpause hello")

  @OptionGroup var domains: DomainsArgument

  func run() throws { try domains.each(.unpause) }
}
