// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import XenToolstack

extension Agent {
  /// Tells of all domains.
  func list() {
    do {
      send(.domains(try controlDomain().domains().map(DomainSummary.init)))
    } catch {
      fail(.list, error)
    }
  }

  /// Does something with a domain, or begins to wait for it.
  func act(_ action: DomainAction) {
    guard vigil == nil else {
      return fail(.act, .badRequest, "another domain is waited for: send \"stop\" first")
    }
    do throws(ToolstackError) {
      let host = try controlDomain()
      let found = try host.domain(called: action.domain)
      let domain = found.domain
      switch action.verb {
      case .pause: try host.pause(domain)
      case .unpause: try host.unpause(domain)
      case .destroy: try host.destroy(domain)
      case .shutdown:
        guard found.state != .paused else {
          throw ToolstackError(
            .badConfiguration,
            "\"\(action.domain)\" is paused, so its guest would not hear of it: unpause it first")
        }
        try host.requestPowerOff(of: domain)
        vigil = Vigil(action, domain)
        return
      case .wait:
        vigil = Vigil(action, domain)
        return
      }
      send(.done(nil))
    } catch {
      fail(.act, error)
    }
  }

  /// Looks whether the guest that is waited for has ended.
  func advanceVigil() {
    guard var vigil, MonotonicTime.now >= vigil.nextLook else { return }
    do {
      let host = try controlDomain()
      if let ending = vigil.ending(try host.state(of: vigil.domain), now: .now) {
        self.vigil = nil
        let outcome = try outcome(of: vigil.domain, ending)
        if case .timedOut = outcome {
          return fail(.act, .timedOut, vigil.timeoutMessage)
        }
        if vigil.action.verb == .shutdown { try host.destroy(vigil.domain) }
        send(.done(outcome))
      } else {
        self.vigil = vigil
      }
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

extension DomainSummary {
  /// The same in the protocol's words.
  init(_ information: DomainInformation) {
    let state: State =
      switch information.state {
      case .running: .running
      case .blocked: .blocked
      case .paused: .paused
      case .shutDown: .shutDown
      case .crashed: .crashed
      case .dying: .dying
      }
    self.init(
      domainID: Int(information.domain.id.rawValue), name: information.name,
      uuid: information.domain.uuid.hexadecimal, state: state, memoryKiB: information.memoryKiB,
      vcpuCount: information.vcpuCount, cpuNanoseconds: information.cpuNanoseconds)
  }
}
