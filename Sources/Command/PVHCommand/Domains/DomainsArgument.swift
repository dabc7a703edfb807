// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import ArgumentParser

/// Domains by their names or numbers, and the same thing done with each.
struct DomainsArgument: ParsableArguments {
  @Argument(
    help: "Names or numbers of domains.",
    completion: .custom { words, _, _ in DomainNames.all(words) })
  var domains: [String]

  @OptionGroup var target: TargetOptions

  func validate() throws {
    if domains.isEmpty { throw ValidationError("name a domain; pvh list shows them") }
  }

  /// Does it once with each of them, also when it fails with some; each failure is reported.
  ///
  /// - Throws: the last of the failures, after all the others were reported.
  func each(_ verb: DomainAction.Verb, timeLimitMilliseconds: Int? = nil) throws {
    let agent = try target.on.connect(for: .lasting)
    defer { agent.close() }
    var failure: Problem?
    for (index, domain) in domains.enumerated() where !domains[..<index].contains(domain) {
      do throws(Problem) {
        _ = try agent.ask { (client: AgentClient) throws(AgentError) in
          try client.act(
            DomainAction(verb, on: domain, timeLimitMilliseconds: timeLimitMilliseconds))
        }
      } catch {
        failure?.report()
        failure = error
      }
    }
    if let failure { throw failure }
  }
}
