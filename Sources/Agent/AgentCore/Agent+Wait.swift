// SPDX-License-Identifier: Apache-2.0
import AgentProtocol
import XenToolstack

extension Agent {
  /// Looks whether the guest that is waited for has ended.
  func advanceWait() {
    guard var domainWait, MonotonicTime.now >= domainWait.nextLook else { return }
    do throws(ToolstackError) {
      let host = try controlDomain()
      guard let outcome = try domainWait.look(host, now: .now) else {
        return self.domainWait = domainWait
      }
      self.domainWait = nil
      if case .timedOut = outcome { return fail(.act, .timedOut, domainWait.timeoutMessage) }
      if case .domain(let domain) = domainWait.subject, domainWait.action.verb == .shutdown {
        try host.destroy(domain)
      }
      send(.done(outcome))
    } catch {
      self.domainWait = nil
      fail(.act, error)
    }
  }

  /// Ends the waiting, and leaves the domain alone.
  func endWait() {
    guard domainWait != nil else { return }
    domainWait = nil
    send(.done(.stopped))
  }
}
