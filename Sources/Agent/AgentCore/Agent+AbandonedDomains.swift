// SPDX-License-Identifier: Apache-2.0
import AgentProtocol
import Supervision
import XenToolstack

extension Agent {
  /// Removes domains whose agents were killed together with their cleanup processes, and says so.
  func removeAbandonedDomains() {
    for mark in CreationLease.abandoned(in: .standard) {
      tidy { () throws(ToolstackError) in
        let host = try controlDomain()
        if let uuid = DomainUUID(hexadecimal: mark.identity),
          let domain = try host.domain(with: uuid)
        {
          try host.destroy(domain)
          send(.remark("removed domain \(domain.id), which a killed pvh had left behind"))
        }
        mark.withdraw()
      }
    }
  }
}
