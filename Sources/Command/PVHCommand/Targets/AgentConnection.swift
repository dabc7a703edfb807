// SPDX-License-Identifier: Apache-2.0

import AgentCore
import AgentProtocol
import RunningLabs
import SystemPackage
import XenDomainModel
import XenLab

/// A conversation with an agent, and what keeps the agent alive.
final class AgentConnection {
  let client: AgentClient
  /// What the agent said of its Xen.
  let information: AgentInformation
  /// Where the agent works, for people: "this machine", "the lab other".
  let whereabouts: String
  private let carrier: Carrier

  /// What the conversation goes through.
  private enum Carrier {
    /// An agent in this process.
    case ownProcess(LocalAgent)
    /// An agent, or what leads to one, that is a child of this process.
    case process(AgentProcess)
    /// A Xen host of our own, which ends with the conversation.
    case privateLab(LabHost)
    /// A connection to the daemon of a lab that stays up.
    case labDaemon(FileDescriptor)
  }

  /// Works on this machine, in this process unless libxenlight is wanted, which only the agent can load.
  convenience init(local program: FilePath, loader: DomainLoader) throws(Problem) {
    if loader == .libxl {
      try self.init(AgentProcess(program, []), "this machine")
    } else {
      let agent = LocalAgent(program: program)
      try self.init(AgentClient(agent), .ownProcess(agent), "this machine")
    }
  }

  /// Talks to the agent behind a process's standard streams.
  convenience init(_ process: AgentProcess, _ whereabouts: String) throws(Problem) {
    try self.init(
      AgentClient(incoming: process.output, outgoing: process.input),
      .process(process), whereabouts)
  }

  /// Restores a private Xen host and starts an agent in it.
  convenience init(labWith xen: XenRelease?, agent program: FilePath) throws(Problem) {
    let lab: LabHost
    do throws(LabError) {
      lab = try LabHost(restoring: Template.find(xen), agent: program)
    } catch {
      throw Problem(error)
    }
    try self.init(
      AgentClient(incoming: lab.channel, outgoing: lab.channel),
      .privateLab(lab), "the lab")
  }

  /// Starts an agent in a lab that is up.
  convenience init(_ lab: RunningLab, agent program: FilePath) throws(Problem) {
    let stream = try Problem.explaining { () throws(RunningLabError) in
      try lab.checkAgent(program)
      return try lab.connectToAgent()
    }
    try self.init(
      AgentClient(incoming: stream, outgoing: stream), .labDaemon(stream),
      "the lab \(lab.name)")
  }

  private init(
    _ client: AgentClient, _ carrier: Carrier, _ whereabouts: String
  ) throws(Problem) {
    self.client = client
    self.carrier = carrier
    self.whereabouts = whereabouts
    do throws(AgentError) {
      information = try client.greet(timeoutMilliseconds: 60_000)
      client.onRemark = { Terminal.complain("pvh: \($0)") }
    } catch {
      let problem = Self.problem(error, carrier, whereabouts)
      Self.close(carrier)
      throw problem
    }
  }

  /// What Xen has written to its console, as far as the target has it.
  var xenLog: XenLog? {
    if case .privateLab(let lab) = carrier { return XenLog(text: lab.serialLog()) }
    guard let output = try? client.execute(["xl", "dmesg"], timeLimitMilliseconds: 5000) else {
      return nil
    }
    return XenLog(text: String(decoding: output.standardOutput, as: UTF8.self))
  }

  /// Asks the agent for something, and turns what went wrong into a problem for people.
  func ask<Answer>(
    _ question: (AgentClient) throws(AgentError) -> Answer
  ) throws(Problem) -> Answer {
    do throws(AgentError) {
      return try question(client)
    } catch {
      throw problem(error)
    }
  }

  /// What went wrong in the conversation, or behind it.
  func problem(_ error: AgentError) -> Problem { Self.problem(error, carrier, whereabouts) }

  /// Ends the agent, and its host if it is private.
  func close() { Self.close(carrier) }

  private static func close(_ carrier: Carrier) {
    switch carrier {
    case .ownProcess(let agent): agent.end()
    case .process(let process): process.end()
    case .privateLab(let lab): lab.stop()
    case .labDaemon(let stream): try? stream.close()
    }
  }

  private static func problem(
    _ error: AgentError, _ carrier: Carrier, _ whereabouts: String
  ) -> Problem {
    // When the stream has ended, the reason lies behind it.
    guard case .ended = error else { return Problem(error) }
    switch carrier {
    case .privateLab(let lab): return lab.failure().map { Problem($0) } ?? Problem(error)
    case .labDaemon: return Problem("\(whereabouts) or its agent has ended; look: pvh lab status")
    case .process(let process): return process.problem ?? Problem(error)
    case .ownProcess: return Problem(error)
    }
  }
}
