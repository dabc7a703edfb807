// SPDX-License-Identifier: Apache-2.0

public import AgentGDBServer
import AgentProtocol
import HostSystem
import XenDomainModel
public import XenToolstack

/// A debugger's hold on the guest of a run: what it asks for, and looks at the guest while that runs.
final class RunDebugger {
  /// What a debugger's bytes have come to.
  enum Wish {
    case nothing
    /// It wants the guest to be destroyed.
    case endsRun
  }

  /// Milliseconds between looks: short behind a step, which is over at once, then longer, as each stops
  /// the guest for a moment.
  private static let shortInterval = 1
  private static let longInterval = 10
  /// Looks in short intervals.
  private static let patience = 50

  private var session: GDBSession<DebuggedDomain>
  private var looks = 0
  /// When to look at the guest; nil while it stands still.
  private(set) var nextLook: MonotonicTime?

  /// Takes a domain that is paused.
  init(_ domain: Domain, host: ControlDomain) {
    session = GDBSession(DebuggedDomain(domain, host: host))
  }

  /// Takes bytes from the debugger; none mean that it is gone.
  func take(_ bytes: [UInt8], _ agent: Agent) throws(ToolstackError) -> Wish {
    let wasWaiting = session.isWaiting
    try session.take(bytes)
    if session.isWaiting, !wasWaiting { looks = 0 }
    pass(agent)
    return session.wantsEnd ? .endsRun : .nothing
  }

  /// Looks at the guest if it is time to.
  func advance(_ agent: Agent) throws(ToolstackError) {
    guard let nextLook, .now >= nextLook else { return }
    try session.look()
    looks += 1
    pass(agent)
  }

  /// The guest has ended, and its domain is about to go.
  func end(_ outcome: Outcome, _ agent: Agent) {
    if case .exited(let status) = outcome {
      session.end(status: status)
    } else {
      session.end(status: nil)
    }
    pass(agent)
  }

  private func pass(_ agent: Agent) {
    let bytes = session.takeOutput()
    if !bytes.isEmpty { agent.send(.debug(bytes)) }
    let interval = looks < Self.patience ? Self.shortInterval : Self.longInterval
    nextLook = session.isWaiting ? MonotonicTime.now.adding(milliseconds: interval) : nil
  }
}

extension DebuggedDomain: DebuggedMachine {}
