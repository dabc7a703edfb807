// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import XenToolstack

extension Agent {
  /// A console that pvh has for the moment, of a domain that is not ours.
  enum AttachedConsole {
    /// We read its terminal.
    case unsupervised(Domain, DomainRun<LiveMachine>)
    /// The supervisor reads its terminal, and tells us.
    case supervised(SupervisorLink)
  }

  /// The run whose console pvh has: its own, or that of the domain it attached to.
  var consoleRun: DomainRun<LiveMachine>? {
    if let activeRun { return activeRun.hosted.run }
    guard case .unsupervised(_, let run)? = console else { return nil }
    return run
  }

  /// Begins to pass a domain's console to pvh.
  func attachConsole(of reference: String) {
    guard activeRun == nil, console == nil else {
      return fail(.console, .badRequest, "a console of this conversation is attached already")
    }
    do throws(ToolstackError) {
      let host = try controlDomain()
      let found = try DomainReference(reference, host: host)
      let domain = try found.domain()
      guard let record = found.record else {
        console = .unsupervised(domain, try host.attach(to: domain))
        return
      }
      let link = try SupervisorLink()
      try link.ask { client throws(AgentError) in
        try client.send(.console(domain: record.request.name))
      }
      console = .supervised(link)
    } catch {
      fail(.console, error)
    }
  }

  /// Passes on what has come, and notices the guest's end.
  func advanceConsole() {
    switch console {
    case .unsupervised(let domain, let run)?: advance(run, of: domain)
    case .supervised(let link)?: advance(link)
    case nil: break
    }
  }

  private func advance(_ run: DomainRun<LiveMachine>, of domain: Domain) {
    do {
      try run.advance(outputRoom: outputRoom, now: .now)
      pass(run)
      guard let ending = run.ending else { return }
      self.console = nil
      send(.done(try controlDomain().outcome(of: domain, ending)))
    } catch {
      self.console = nil
      fail(.console, error)
    }
  }

  private func advance(_ link: SupervisorLink) {
    do throws(ToolstackError) {
      while outputRoom > 0, let event = try link.nextEvent() {
        send(event)
        switch event {
        case .done, .failed: return console = nil
        default: break
        }
      }
    } catch {
      console = nil
      fail(.console, error)
    }
  }

  /// Passes to pvh what came of a run's console.
  func pass(_ run: DomainRun<LiveMachine>) {
    let bytes = run.takeOutput()
    if !bytes.isEmpty { send(.console(bytes)) }
    let accepted = run.takeAcceptedInput()
    if accepted > 0 { send(.inputAccepted(accepted)) }
  }

  /// Passes what was typed to the supervisor, if it has the console.
  func passToSupervisor(input bytes: [UInt8]) {
    guard case .supervised(let link)? = console else { return }
    tidy { () throws(ToolstackError) in
      try link.ask { client throws(AgentError) in try client.send(.input(bytes)) }
    }
  }

  /// Lets go of the console; the guest goes on.
  func detachConsole() {
    guard console != nil else { return }
    console = nil
    send(.done(.stopped))
  }
}
