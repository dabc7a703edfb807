// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import ArgumentParser

/// `pvh destroy`.
struct DestroyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "destroy",
    abstract: "Takes domains away, whatever their guests are doing.",
    discussion: "Example: pvh destroy hello 7")

  @OptionGroup var domains: DomainsArgument

  func run() throws { try domains.each(.destroy) }
}
