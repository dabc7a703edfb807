// SPDX-License-Identifier: Apache-2.0

import GuestConcurrency
package import GuestRuntime
import NetStack
package import NetWire
import _Concurrency

/// The addresses of hosts, of both kinds.
extension Network {
  /// The addresses of a host: of IPv4 if it has some and this guest has one, too; else of IPv6, if that is enabled.
  ///
  /// - Parameter name: a name, or an address as text.
  /// - Returns: one address at least, all of a kind.
  /// - Throws: `GuestError` if there is no such name, no name server is known or answers, or the task is cancelled.
  package func hosts(of name: GuestText) async throws(GuestError) -> [IPAddress] {
    if let address = IPv4Address(name.bytes) { return [.v4(address)] }
    guard let layer = try driver.usableStack().layer else { return try await answers(for: name) }
    if let address = layer.address(of: name.bytes) { return [address] }
    if configuration != nil, case .addresses(let found) = try await outcome(of: name, .ipv4) {
      return found
    }
    return try await answers(for: name, .ipv6)
  }

  /// What name servers say of a name, of which they know one address at least.
  package func answers(
    for name: GuestText, _ type: DNSRecordType = .ipv4
  ) async throws(GuestError) -> [IPAddress] {
    switch try await outcome(of: name, type) {
    case .addresses(let addresses)?: return addresses
    case .noSuchName?: throw GuestError("there is no host \(name)")
    case .noAddress?:
      let version: UInt64 = type == .ipv4 ? 4 : 6
      throw GuestError("host \(name) has no IPv\(version) address")
    case .refused?: throw GuestError("the name servers do not answer for \(name)")
    case .timedOut?: throw GuestError("no name server has answered for \(name)")
    case .notAsked?, nil:
      throw GuestError(
        "nobody can be asked for \(name): no name server is known, or too many questions wait")
    }
  }

  private func outcome(
    of name: GuestText, _ type: DNSRecordType
  ) async throws(GuestError) -> NameLookup.Outcome? {
    guard let question = DNSName(name.bytes) else {
      throw GuestError("\"\(name)\" is no name of a host")
    }
    let stack = try driver.usableStack()
    let lookup = stack.lookUp(question, type, now: .now)
    guard await Waiter.wait(for: { lookup.outcome != nil }) == .ready else {
      stack.abandon(lookup)
      throw .cancelled
    }
    return lookup.outcome
  }
}
