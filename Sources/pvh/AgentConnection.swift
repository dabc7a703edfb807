// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import HostProcess
import SystemPackage
import XenLab

/// A conversation with an agent, and what keeps the agent alive.
final class AgentConnection {
  let client: AgentClient
  /// What the agent said of its Xen.
  let information: AgentInformation
  /// The private Xen host, if the agent works in one.
  let lab: LabHost?
  private let process: LocalAgent?

  /// Starts an agent on this machine.
  convenience init(local program: FilePath) throws(Problem) {
    let process = try LocalAgent(program)
    try self.init(
      AgentClient(incoming: process.output.rawValue, outgoing: process.input.rawValue),
      lab: nil, process: process)
  }

  /// Restores a private Xen host and starts an agent in it.
  convenience init(lab program: FilePath, verbose: Bool) throws(Problem) {
    let lab: LabHost
    do throws(LabError) {
      let template = try Template.find(
        in: .standard, xen: .debian12, xenstore: .fromEnvironment(),
        agentProtocol: ProtocolVersion.current.rawValue)
      lab = try LabHost(restoring: template, agent: program)
    } catch {
      throw Problem(error)
    }
    try self.init(
      AgentClient(incoming: lab.channel.rawValue, outgoing: lab.channel.rawValue),
      lab: lab, process: nil)
  }

  private init(_ client: AgentClient, lab: LabHost?, process: LocalAgent?) throws(Problem) {
    self.client = client
    self.lab = lab
    self.process = process
    do throws(AgentError) {
      information = try client.greet(timeoutMilliseconds: 60_000)
    } catch {
      throw Self.problem(error, lab)
    }
  }

  /// What went wrong in the conversation, or behind it.
  func problem(_ error: AgentError) -> Problem { Self.problem(error, lab) }

  /// Ends the agent, and its host if it is private.
  func close() { lab?.stop() }

  private static func problem(_ error: AgentError, _ lab: LabHost?) -> Problem {
    // When the stream has ended, the reason lies behind it.
    if case .ended = error, let failure = lab?.failure() { return Problem(failure) }
    return Problem(error)
  }
}

/// An agent that is a child of this process; it ends, and its domain with it, when this one does.
private final class LocalAgent {
  let input: FileDescriptor
  let output: FileDescriptor
  private var child: ChildProcess

  init(_ program: FilePath) throws(Problem) {
    do {
      let requests = try FileDescriptor.pipe(options: .closeOnExec)
      defer { try? requests.readEnd.close() }
      let events = try FileDescriptor.pipe(options: .closeOnExec)
      defer { try? events.writeEnd.close() }
      child = try ChildProcess(
        program, [],
        descriptors: .init(
          input: requests.readEnd, output: events.writeEnd, error: .standardError))
      input = requests.writeEnd
      output = events.readEnd
    } catch {
      throw Problem("\(program) cannot be started: \(error)")
    }
  }

  deinit {
    // The end of its input tells the agent to destroy what it holds; then it ends by itself.
    try? input.close()
    _ = child.wait()
    try? output.close()
  }
}
