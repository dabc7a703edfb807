// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import Supervision
import XenToolstack

extension Agent {
  /// Builds a domain that nobody here looks after once it runs.
  func create(_ request: RunRequest, startsPaused: Bool) {
    guard activeRun == nil else {
      return fail(.create, .badRequest, "a domain of this conversation runs already")
    }
    do throws(ToolstackError) {
      let image = try files.take(for: request)
      let host = try controlDomain()
      let builder = request.builder(on: host)
      let domain = try guarded(named: request.name) { uuid throws(ToolstackError) in
        let domain = try builder.create(DomainConfiguration(request), image: image, uuid: uuid)
        do throws(ToolstackError) {
          try host.reportTripleFaultsAsCrash(of: domain)
          if !startsPaused { try host.unpause(domain) }
        } catch {
          tidy { () throws(ToolstackError) in try builder.destroy(domain) }
          throw error
        }
        return domain
      }
      responsibility.end()
      send(.created(CreatedDomain(domain, request)))
      send(.done(nil))
    } catch {
      fail(.create, error)
    }
  }

  /// Says what ``create(_:startsPaused:)`` would do, and does none of it.
  func plan(_ request: RunRequest, startsPaused: Bool) {
    do throws(ToolstackError) {
      let image = try files.take(for: request)
      guard request.loader == .xenguest else {
        throw ToolstackError(
          .badConfiguration,
          "libxenlight does not say beforehand what it will do: plan with the loader xenguest")
      }
      let builder = XenguestBuilder(host: try controlDomain(), isVerbose: request.verbose)
      let calls = try builder.plan(DomainConfiguration(request), image: image)
      let own = ["hypercall: let a triple fault count as a crash"]
      let last = startsPaused ? [] : ["hypercall: unpause it"]
      send(.note((calls.map(\.description) + own + last).map { "\($0)\n" }.joined()))
      send(.done(nil))
    } catch {
      fail(.create, error)
    }
  }

  /// Does something that makes a domain of a new identity, for which the cleanup process answers from then
  /// on: until it is released, or until this has failed and nothing is left.
  func guarded<Result>(
    named name: String, _ body: (DomainUUID) throws(ToolstackError) -> Result
  ) throws(ToolstackError) -> Result {
    try refuseNameOfDetachedDomain(name)
    let uuid = DomainUUID.random()
    responsibility.begin(for: uuid)
    do throws(ToolstackError) {
      return try body(uuid)
    } catch {
      // What could not be destroyed now is tried again when the agent has ended.
      if isGone(uuid) { responsibility.end() }
      throw error
    }
  }

  /// A detached domain keeps its name while it waits to be started again, and when xl has given its
  /// domain another one.
  private func refuseNameOfDetachedDomain(_ name: String) throws(ToolstackError) {
    let records = SupervisionFolder.standard.records
    guard records.contains(where: { $0.request.name == name && $0.phase != .ended }) else { return }
    throw ToolstackError(
      .nameTaken,
      "a detached domain is named \"\(name)\" already: choose another name, or destroy that domain")
  }

  private func isGone(_ uuid: DomainUUID) -> Bool {
    do {
      return try controlDomain().domain(with: uuid) == nil
    } catch {
      return false
    }
  }
}

extension RunRequest {
  /// What builds the domain, and takes it away.
  func builder(on host: ControlDomain) -> any DomainBuilder {
    switch loader {
    case .libxl: LibxlBuilder(host: host, isVerbose: verbose)
    case .xenguest: XenguestBuilder(host: host, isVerbose: verbose)
    }
  }
}

extension CreatedDomain {
  /// What came of a request.
  init(_ domain: Domain, _ request: RunRequest) {
    self.init(
      domainID: Int(domain.id.rawValue), name: request.name, memoryKiB: request.memoryKiB)
  }
}

extension DomainConfiguration {
  /// What a request describes.
  init(_ request: RunRequest) {
    self.init(
      name: request.name, commandLine: request.commandLine, memoryKiB: request.memoryKiB,
      vcpuCount: request.vcpuCount, nativeTimestampCounter: request.timestampCounter == .native,
      modules: request.modules.map(\.range))
  }
}
