// SPDX-License-Identifier: Apache-2.0
import AgentProtocol
import XenToolstack

extension Agent {
  /// Looks whether the guest that is waited for has ended.
  func advanceVigil() {
    guard var vigil, MonotonicTime.now >= vigil.nextLook else { return }
    do throws(ToolstackError) {
      let host = try controlDomain()
      guard let outcome = try vigil.look(host, now: .now) else { return self.vigil = vigil }
      self.vigil = nil
      if case .timedOut = outcome { return fail(.act, .timedOut, vigil.timeoutMessage) }
      if case .domain(let domain) = vigil.subject, vigil.action.verb == .shutdown {
        try host.destroy(domain)
      }
      send(.done(outcome))
    } catch {
      self.vigil = nil
      fail(.act, error)
    }
  }

  /// Ends the waiting, and leaves the domain alone.
  func endVigil() {
    guard vigil != nil else { return }
    vigil = nil
    send(.done(.stopped))
  }
}
