// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import ArgumentParser

/// `pvh reboot`.
struct RebootCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reboot",
    abstract: "Asks guests to end, and waits until they have been started again.",
    discussion: """
      For domains of pvh run --detach, which somebody starts again. Their numbers change.

      Example: pvh reboot web --timeout 10
      """)

  @OptionGroup var domains: DomainsArgument

  @Option(help: "Seconds that each guest may take.")
  var timeout: Double = 60

  func validate() throws { try Seconds.check(timeout) }

  func run() throws { try domains.each(.reboot, timeLimitMilliseconds: Int(timeout * 1000)) }
}
