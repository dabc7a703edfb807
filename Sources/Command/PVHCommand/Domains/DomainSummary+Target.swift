// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import Targets

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
