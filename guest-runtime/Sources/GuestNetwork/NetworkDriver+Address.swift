// SPDX-License-Identifier: Apache-2.0

import GuestDevices
package import GuestRuntime
package import NetStack
import NetWire
import XenNet
import _Concurrency

/// The address of an interface, and what is said when it has none.
extension NetworkDriver {
  /// The stack.
  ///
  /// - Throws: `GuestError` if it has no address now, with the reason.
  package func usableStack() throws(GuestError) -> NetStack {
    if let stack, stack.configuration != nil || stack.layer?.hasAddress == true { return stack }
    if frontend.state == .closed { throw GuestError("network interface \(number): it was closed") }
    if let rival = stack?.rival {
      throw GuestError(
        "network interface \(number): its address is taken: station \(rival.text) has it")
    }
    throw GuestError(.noAddress)
  }

  /// Numbers for what others must not guess.
  ///
  /// - Throws: `GuestError` if there is no entropy.
  package static func newSecret() throws(GuestError) -> (UInt64, UInt64) {
    let bytes = try Entropy.bytes(16)
    func word(_ range: Range<Int>) -> UInt64 { bytes[range].reduce(0) { $0 << 8 | UInt64($1) } }
    return (word(0..<8), word(8..<16))
  }

  /// Throws unless the interface has an address.
  func check(_ limit: UInt64) throws(GuestError) {
    if stack?.configuration != nil { return }
    let name: GuestText = "network interface \(number)"
    if let mistake {
      throw GuestError(
        "\(name): the toolstack gave it the address \"\(mistake.part)\", which is none")
    }
    if stack?.hasLostAddress == true { _ = try usableStack() }
    switch frontend.state {
    case .connected:
      throw GuestError(
        "\(name): no DHCP server has given an address within \(limit) ms (--net ip=… gives one)")
    case .connecting, .reconnecting:
      throw GuestError("\(name): the backend was not there within \(limit) ms")
    case .detached: throw GuestError("\(name): it was taken away")
    case .failed, .closed: throw GuestError("\(name): \(GuestText(frontend.failure ?? .closed))")
    }
  }

  /// Writes the address to xenstore, where toolstacks look for it. Source: `attr/vif` in
  /// `docs/misc/xenstore-paths.pandoc`.
  func report(_ stack: NetStack) {
    guard !isReporting else { return }
    let address = stack.configuration?.prefix.address
    lastAddress = address ?? lastAddress
    guard address != reported else { return }
    reported = address
    isReporting = true
    let node: GuestText = "attr/vif/\(number)/ipv4/0"
    Task {
      // Nobody depends on it.
      if let address {
        try? await xenstore.set(node, to: address.text)
      } else {
        try? await xenstore.remove(node)
      }
      isReporting = false
      Waiters.lookAgain()
    }
  }
}

extension GuestText {
  fileprivate init(_ error: NetError) {
    switch error {
    case .unusable(let node, let value): self = "its backend says \(node) = \"\(value)\""
    case .noPage(let error): self = GuestText(error)
    case .broken(.indices): self = "the backend broke the protocol: impossible ring indices"
    case .broken(.unknownResponse):
      self = "the backend broke the protocol: it answered what was not sent"
    case .broken(.wrongBuffer):
      self = "the backend broke the protocol: it used a buffer out of its turn"
    case .broken(.heldPages):
      self = "the backend broke the protocol: it kept memory that it was lent"
    case .closed: self = "it was closed"
    }
  }
}
