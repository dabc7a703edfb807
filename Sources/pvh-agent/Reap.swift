// SPDX-License-Identifier: Apache-2.0
import XenToolstack

/// Destroys the domain with this identity, if it exists; returns the exit status of the process.
func reap(_ argument: String) -> Int32 {
  guard let uuid = DomainUUID(hexadecimal: argument) else {
    complain("reap takes a domain's identity, 32 hexadecimal digits, not \"\(argument)\"")
    return 64
  }
  do {
    let host = try ControlDomain()
    guard let domain = try host.domain(with: uuid) else { return 0 }
    try XenguestBuilder(host: host).destroy(domain)
    return 0
  } catch {
    complain(error.message)
    return 70
  }
}
