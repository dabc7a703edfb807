// SPDX-License-Identifier: Apache-2.0
import AgentProtocol
import XenToolstack

extension Supervisor {
  /// Passes on what came of a guest to those who have its console.
  func report(_ news: SupervisedDomain.News, of domain: SupervisedDomain) {
    for client in clients where client.console == domain.name {
      if !news.output.isEmpty { client.send(.console(news.output)) }
      if news.acceptedInput > 0 { client.send(.inputAccepted(news.acceptedInput)) }
      if let ending = news.ending {
        client.console = nil
        client.send(.done(ending))
      } else if let problem = news.problem {
        client.console = nil
        client.send(.failed(Failure(.console, problem)))
      }
    }
  }

  /// Tells those who have the console of a domain that it is no more.
  func reportDestruction(of name: String) {
    for client in clients where client.console == name {
      client.console = nil
      client.send(.done(.destroyedFromOutside))
    }
  }

  /// Whether somebody has the console of a domain.
  func hasConsole(of name: String) -> Bool { clients.contains { $0.console == name } }
}
