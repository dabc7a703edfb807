// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import DomainSupervision
import HostSystem
import SystemPackage
import XenToolstack

extension Supervisor {
  /// Does what an agent asks for.
  func handle(_ request: Request, from client: SupervisorClient) {
    switch request {
    case .hello:
      client.send(
        .ready(
          AgentInformation(
            version: .current, xenVersion: host.xenVersion, freeMemoryKiB: host.freeMemoryKiB)))
    case .attach(let file, let bytes): client.files.append(bytes, to: file)
    case .disk(let part): client.files.add(part)
    case .supervise(let run, let restart): supervise(run, restart, for: client)
    case .release(let name):
      perform(.act, client) { () throws(ToolstackError) in try domains[name]?.release() }
    case .act(let action) where action.verb == .destroy:
      perform(.act, client) { () throws(ToolstackError) in try destroy(action.domain) }
    case .console(let name): attach(client, to: name)
    case .input(let bytes):
      guard let name = client.console, let run = domains[name]?.run else { return }
      if !run.enqueue(input: bytes) { refuse("more console input than was asked for", client) }
    case .stop:
      guard client.console != nil else { return }
      client.console = nil
      client.send(.done(.stopped))
    case .create, .plan, .run, .parse, .list, .show, .logs, .act, .attachDisk, .detachDisk,
      .publish, .forward, .interfaces, .disks, .vchan, .execute, .debug:
      refuse("the supervisor does not do this: an agent does", client)
    }
  }

  private func supervise(
    _ request: RunRequest, _ restart: RestartPolicy, for client: SupervisorClient
  ) {
    do {
      let image = try client.files.take(for: request)
      client.send(.created(try start(request, restart, image)))
      client.send(.done(nil))
    } catch {
      client.send(.failed(Failure(.supervise, error)))
    }
  }

  /// Writes down what the domain is to be, and builds it; if that fails, nothing is left.
  private func start(_ request: RunRequest, _ restart: RestartPolicy, _ image: DomainImage)
    throws(ToolstackError) -> CreatedDomain
  {
    let name = request.name
    // An invalid name must not become a path.
    try request.domain.validate()
    guard domains[name] == nil else {
      throw ToolstackError(
        .nameTaken,
        "\"\(name)\" is a detached domain already: choose another name, or pvh destroy \(name)")
    }
    // First: a record that could not be taken over, or read, may be that of a domain that runs.
    let old = try explaining { () throws(SupervisionError) in try folder.record(of: name) }
    guard old == nil || old?.phase == .ended else {
      throw ToolstackError(.nameTaken, "\"\(name)\" is a detached domain that has not ended")
    }
    do {
      // The files of an ended domain of this name stay until the new one runs.
      try folder.setAside(name)
      try folder.prepare(domain: name)
      let record = DomainRecord(request: request, restart: restart, startedAt: 0)
      let domain = try SupervisedDomain(
        SupervisedLife(new: record), folder: folder, host: host)
      try domain.keep(image)
      try domain.start()
      domains[name] = domain
      try? folder.dropFormer(name)
      return CreatedDomain(
        domainID: domain.record.domainID ?? 0, name: name, memoryKiB: request.domain.memoryKiB)
    } catch {
      let error = error as? ToolstackError ?? ToolstackError(.other, "\(error)")
      if error.kind == .xenUnavailable { leave(error) }
      try? folder.remove(name)
      try? folder.putBack(name)
      throw error
    }
  }

  /// Destroys a domain, and removes its record; also that of a guest that has ended.
  private func destroy(_ name: String) throws(ToolstackError) {
    if let domain = domains[name] {
      try domain.remove()
      domains[name] = nil
      return reportDestruction(of: name)
    }
    // Only a name that is in the folder: any other text could be a path.
    guard folder.names.contains(name) else { return }
    try explaining { () throws(SupervisionError) in try folder.remove(name) }
  }

  private func attach(_ client: SupervisorClient, to name: String) {
    perform(.console, client, isLong: true) { () throws(ToolstackError) in
      guard let domain = domains[name], domain.run != nil else {
        throw ToolstackError(
          .noSuchDomain, "the guest of \"\(name)\" does not run: see pvh logs \(name)")
      }
      // Input that has been taken is acknowledged to one client only.
      guard !hasConsole(of: name) else {
        throw ToolstackError(
          .consoleUnavailable,
          "another pvh has the console of \"\(name)\"; pvh logs --follow shows it, too")
      }
      client.send(.console(domain.history()))
      client.console = name
    }
  }

  /// Answers with "done", unless the request goes on, or with the failure.
  private func perform(
    _ subject: Failure.Subject, _ client: SupervisorClient, isLong: Bool = false,
    _ body: () throws(ToolstackError) -> Void
  ) {
    do throws(ToolstackError) {
      try body()
      if !isLong { client.send(.done(nil)) }
    } catch {
      client.send(.failed(Failure(subject, error)))
    }
  }

  private func refuse(_ message: String, _ client: SupervisorClient) {
    client.send(.failed(Failure(subject: .conversation, kind: .badRequest, message: message)))
  }

  // MARK: - Consoles

  /// Sends a guest's output, and its end, to the client that has its console.
  func report(_ news: SupervisedDomain.News, of domain: SupervisedDomain) {
    for client in clients where client.console == domain.name {
      if !news.output.isEmpty { client.send(.console(news.output)) }
      if news.acceptedInput > 0 { client.send(.inputAccepted(news.acceptedInput)) }
      if let ending = news.ending {
        client.console = nil
        client.send(.done(ending))
      } else if let problem = news.problem {
        client.console = nil
        client.send(.failed(Failure(.console, problem)))
      }
    }
  }

  /// Tells the client that has the console of a domain that it was destroyed.
  func reportDestruction(of name: String) {
    for client in clients where client.console == name {
      client.console = nil
      client.send(.done(.destroyedFromOutside))
    }
  }

  func hasConsole(of name: String) -> Bool { clients.contains { $0.console == name } }
}
