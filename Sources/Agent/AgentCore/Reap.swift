// SPDX-License-Identifier: Apache-2.0
import Supervision
import XenToolstack

/// Destroys the domain with this identity, if it exists; returns the exit status of the process.
func reap(_ argument: String) -> Int32 {
  guard let uuid = DomainUUID(hexadecimal: argument) else {
    complain("reap takes a domain's identity, 32 hexadecimal digits, not \"\(argument)\"")
    return 64
  }
  do {
    let host = try ControlDomain()
    if let domain = try host.domain(with: uuid) { try host.destroy(domain) }
    CreationLease.withdraw(argument, in: .standard)
    return 0
  } catch {
    complain(error.message)
    return 70
  }
}
