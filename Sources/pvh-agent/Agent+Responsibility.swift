// SPDX-License-Identifier: Apache-2.0
import AgentProtocol
import Supervision
import XenToolstack

extension Agent {
  /// Answers for a domain that is about to be created: should this process be killed, the guardian
  /// removes it, and should the guardian be killed, too, the next agent does.
  func answer(for uuid: DomainUUID) {
    guardian.guarding(uuid)
    tidy { () throws(ToolstackError) in
      mark = try explaining { () throws(SupervisionError) in
        try CreationMark(uuid.hexadecimal, in: .standard)
      }
    }
  }

  /// The domain is gone, or somebody else answers for it.
  func stopAnswering() {
    guardian.release()
    mark?.withdraw()
    mark = nil
  }

  /// Removes domains whose agents were killed together with their guardians, and says so.
  func removeAbandonedDomains() {
    for mark in CreationMark.abandoned(in: .standard) {
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
