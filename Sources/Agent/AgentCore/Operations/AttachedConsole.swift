// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import HostSystem
import SystemPackage
import XenToolstack

/// Something of a guest's between which and pvh bytes are passed.
protocol Attachment: AnyObject {
  /// Passes on what has come; true when it is over, which it has told pvh.
  func advance(_ agent: Agent) -> Bool
  /// Adds what to wait for.
  func add(to waiting: inout PollSet, outputRoom: Int)
  /// Takes bytes for the guest; false if there is no room for them.
  func enqueue(input bytes: [UInt8]) -> Bool
  /// Takes what pvh says of a connection to the guest.
  func forward(_ part: ForwardedPart, _ agent: Agent)
}

extension Attachment {
  func forward(_ part: ForwardedPart, _ agent: Agent) {}
}

/// The console of a domain that this conversation has not created, attached to pvh.
final class AttachedConsole: Attachment {
  private enum Source {
    /// This process reads the terminal.
    case terminal(Domain, DomainRun<LiveMachine>)
    /// The supervisor reads the terminal, and sends what it has read.
    case supervisor(SupervisorLink)
  }

  private let source: Source

  init(of reference: String, host: ControlDomain, program: FilePath) throws(ToolstackError) {
    let found = try DomainReference(reference, host: host)
    let domain = try found.domain()
    guard let record = found.record else {
      source = .terminal(domain, try host.attach(to: domain))
      return
    }
    let link = try SupervisorLink(program: program)
    try link.ask { client throws(AgentError) in
      try client.send(.console(domain: record.request.name))
    }
    source = .supervisor(link)
  }

  /// Passes on what has come, and notices the guest's end; true when it is over.
  func advance(_ agent: Agent) -> Bool {
    do throws(ToolstackError) {
      switch source {
      case .terminal(let domain, let run): return try advance(run, of: domain, agent)
      case .supervisor(let link): return try advance(link, agent)
      }
    } catch {
      agent.fail(.console, error)
      return true
    }
  }

  private func advance(
    _ run: DomainRun<LiveMachine>, of domain: Domain, _ agent: Agent
  ) throws(ToolstackError) -> Bool {
    try run.advance(outputRoom: agent.outputRoom, now: .now)
    agent.pass(run)
    guard let ending = run.ending else { return false }
    agent.send(.done(try agent.controlDomain().outcome(of: domain, ending)))
    return true
  }

  private func advance(_ link: SupervisorLink, _ agent: Agent) throws(ToolstackError) -> Bool {
    while agent.outputRoom > 0, let event = try link.nextEvent() {
      agent.send(event)
      switch event {
      case .done, .failed: return true
      default: break
      }
    }
    return false
  }

  func add(to waiting: inout PollSet, outputRoom: Int) {
    switch source {
    case .terminal(_, let run):
      waiting.add(run.interests(outputRoom: outputRoom))
      waiting.wake(at: run.deadline)
    case .supervisor(let link): waiting.add(link.descriptor, reading: outputRoom > 0)
    }
  }

  /// Passes on what was typed; false if there is no room for it.
  func enqueue(input bytes: [UInt8]) -> Bool {
    switch source {
    case .terminal(_, let run): return run.enqueue(input: bytes)
    case .supervisor(let link):
      bestEffort { () throws(ToolstackError) in
        try link.ask { client throws(AgentError) in try client.send(.input(bytes)) }
      }
      return true
    }
  }
}
