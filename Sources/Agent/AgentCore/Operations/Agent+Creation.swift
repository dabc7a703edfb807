// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import DomainSupervision
import XenToolstack

/// Domains that outlive the conversation, from their description on.
extension Agent {
  /// Says what an xl.cfg file asks for.
  func parse(_ text: [UInt8], file: String) {
    do throws(ToolstackError) {
      send(.description(DomainSpec(try XLConfiguration(parsing: text, file: file))))
    } catch {
      fail(.parse, error)
    }
  }

  /// Lets the supervisor create a domain, and look after it.
  func supervise(_ request: RunRequest, _ restart: RestartPolicy) {
    do throws(ToolstackError) {
      let image = try files.take(for: request)
      let kernel = try image.kernel.content()
      let module = try image.module?.content()
      let link = try supervisor()
      var disks = DiskParts(of: request.carriedDisks, in: image)
      while let part = try disks.next() {
        try link.ask { client throws(AgentError) in try client.send(.disk(part)) }
      }
      let created = try link.ask { client throws(AgentError) in
        try client.supervise(request, restart: restart, kernel: kernel, module: module)
      }
      send(.created(created))
      send(.done(nil))
    } catch {
      fail(.supervise, error)
    }
  }

  /// Builds a domain that outlives the conversation, without a supervisor.
  func create(_ request: RunRequest, startsPaused: Bool) {
    guard run == nil else {
      return fail(.create, .badRequest, "a domain of this conversation runs already")
    }
    do throws(ToolstackError) {
      let image = try files.take(for: request)
      let host = try controlDomain()
      let builder = request.builder(on: host)
      let domain = try guarded(named: request.name) { uuid throws(ToolstackError) in
        let domain = try builder.create(request.domain, image: image, uuid: uuid)
        do throws(ToolstackError) {
          try host.reportTripleFaultsAsCrash(of: domain)
          if !startsPaused { try host.unpause(domain) }
        } catch {
          bestEffort { () throws(ToolstackError) in try builder.destroy(domain) }
          throw error
        }
        return domain
      }
      cleanup.end()
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
      let calls = try builder.plan(request.domain, image: image)
      let own = ["hypercall: let a triple fault count as a crash"]
      let last = startsPaused ? [] : ["hypercall: unpause it"]
      send(.note((calls.map(\.description) + own + last).map { "\($0)\n" }.joined()))
      send(.done(nil))
    } catch {
      fail(.create, error)
    }
  }

  /// Makes a domain with a new identity, for which the cleanup process is responsible: until it is released, or
  /// until this has failed and nothing is left.
  func guarded<Result>(
    named name: String, _ body: (DomainUUID) throws(ToolstackError) -> Result
  ) throws(ToolstackError) -> Result {
    try refuseNameOfDetachedDomain(name)
    let uuid = DomainUUID.random()
    cleanup.begin(for: uuid)
    do throws(ToolstackError) {
      return try body(uuid)
    } catch {
      releaseIfGone(uuid)
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

  /// Releases the cleanup process if nothing is left of the domain. What could not be destroyed now, it destroys
  /// when the agent has ended.
  func releaseIfGone(_ uuid: DomainUUID) {
    if let host = try? controlDomain(), case .some(.none) = try? host.domain(with: uuid) {
      cleanup.end()
    }
  }
}
