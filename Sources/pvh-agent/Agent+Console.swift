// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import XenToolstack

extension Agent {
  /// A domain that is not ours, and its console, which is ours for the moment.
  struct AttachedConsole {
    let domain: Domain
    let run: DomainRun<LiveMachine>
  }

  /// The run whose console pvh has: its own, or that of the domain it attached to.
  var consoleRun: DomainRun<LiveMachine>? { activeRun?.hosted.run ?? console?.run }

  /// Begins to pass a domain's console to pvh.
  func attachConsole(of reference: String) {
    guard activeRun == nil, console == nil else {
      return fail(.console, .badRequest, "a console of this conversation is attached already")
    }
    do {
      let host = try controlDomain()
      let domain = try host.domain(called: reference).domain
      console = AttachedConsole(domain: domain, run: try host.attach(to: domain))
    } catch {
      fail(.console, error)
    }
  }

  /// Passes on what has come, and notices the guest's end.
  func advanceConsole() {
    guard let console else { return }
    do {
      try console.run.advance(outputRoom: outputRoom, now: .now)
      pass(console.run)
      guard let ending = console.run.ending else { return }
      self.console = nil
      send(.done(try outcome(of: console.domain, ending)))
    } catch {
      self.console = nil
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

  /// Lets go of the console; the guest goes on.
  func detachConsole() {
    guard console != nil else { return }
    console = nil
    send(.done(.stopped))
  }
}
