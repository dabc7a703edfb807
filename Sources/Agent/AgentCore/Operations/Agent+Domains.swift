// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import DomainSupervision
import XenToolstack

/// Requests about existing domains.
extension Agent {
  /// Reports all domains, and after them those of which there is only a record.
  func list() {
    do throws(ToolstackError) {
      let records = SupervisionFolder.standard.records
      let domains = try controlDomain().domains().map { DomainSummary($0, records: records) }
      let known = Set(domains.map(\.uuid))
      send(.domains(domains + records.filter { !known.contains($0.uuid) }.map(\.summary)))
    } catch {
      fail(.list, error)
    }
  }

  func show(_ reference: String) {
    do throws(ToolstackError) {
      let host = try controlDomain()
      let found = try DomainReference(reference, host: host)
      send(.details(try DomainDetails(found, host: host)))
    } catch {
      fail(.show, error)
    }
  }

  /// Does something with a domain, or begins to wait for it.
  func act(_ action: DomainAction) {
    guard domainWait == nil else {
      return fail(.act, .badRequest, "another domain is waited for: send \"stop\" first")
    }
    do throws(ToolstackError) {
      let host = try controlDomain()
      let found = try DomainReference(action.domain, host: host)
      if let record = found.record {
        guard try act(action, on: found, record) else { return }
      } else {
        guard try act(action, on: try found.domain(), found, host) else { return }
      }
      send(.done(nil))
    } catch {
      fail(.act, error)
    }
  }

  /// Does something with an unsupervised domain; false if there is something to wait for.
  private func act(
    _ action: DomainAction, on domain: Domain, _ found: DomainReference, _ host: ControlDomain
  ) throws(ToolstackError) -> Bool {
    switch action.verb {
    case .pause: try host.pause(domain)
    case .unpause: try host.unpause(domain)
    case .destroy: try host.destroy(domain)
    case .reboot:
      throw ToolstackError(
        .badConfiguration,
        "\"\(action.domain)\" cannot be rebooted: only domains started with pvh run --detach can"
      )
    case .shutdown:
      try host.request(.powerOff, of: try found.listeningDomain())
      fallthrough
    case .wait:
      domainWait = DomainWait(action, .domain(domain))
      return false
    }
    return true
  }

  /// Does something with a supervised domain; false if there is something to wait for.
  private func act(_ action: DomainAction, on found: DomainReference, _ record: DomainRecord)
    throws(ToolstackError) -> Bool
  {
    let host = try controlDomain()
    let name = record.request.name
    switch action.verb {
    case .pause: try host.pause(try found.domain())
    case .unpause: try host.unpause(try found.domain())
    case .destroy:
      _ = try supervisor().ask { client throws(AgentError) in
        try client.act(DomainAction(.destroy, on: name))
      }
    case .reboot:
      try host.request(.reboot, of: try found.listeningDomain())
      domainWait = DomainWait(action, .restart(of: record))
      return false
    case .shutdown:
      if found.information != nil { _ = try found.listeningDomain() }
      try releaseSupervised(name)
      // A guest that waits to be started again has nothing to shut down, unless it was started a moment ago.
      let now = try DomainReference(name, host: host)
      let asked = try now.information == nil ? nil : now.listeningDomain()
      if let asked { try host.request(.powerOff, of: asked) }
      domainWait = DomainWait(action, .end(of: record), asked: asked?.uuid.hexadecimal)
      return false
    case .wait:
      domainWait = DomainWait(action, .end(of: record))
      return false
    }
    return true
  }

  /// Tells the supervisor not to start a guest again.
  func release(_ reference: String) {
    do throws(ToolstackError) {
      let found = try DomainReference(reference, host: try controlDomain())
      guard let record = found.record else {
        throw ToolstackError(.badConfiguration, "\"\(reference)\" is not restarted by anything")
      }
      try releaseSupervised(record.request.name)
      send(.done(nil))
    } catch {
      fail(.act, error)
    }
  }

  private func releaseSupervised(_ name: String) throws(ToolstackError) {
    try supervisor().ask { client throws(AgentError) in try client.release(name) }
  }
}
