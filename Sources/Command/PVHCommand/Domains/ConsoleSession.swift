// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import Glibc
import HostProcess
import SystemPackage

/// The terminal and a domain's console, from attaching to leaving.
struct ConsoleSession {
  /// Ctrl-], which leaves, as with `xl console`.
  private static let escape: UInt8 = 0x1d

  let agent: AgentConnection
  private var input = ConsoleInput()

  init(agent: AgentConnection) { self.agent = agent }

  /// Passes bytes both ways; returns how the guest ended, or nil if the user left before.
  mutating func perform(
    _ domain: String, signals: borrowing SignalDescriptor
  ) throws(Problem) -> Outcome? {
    try agent.ask { client throws(AgentError) in try client.send(.console(domain: domain)) }
    while true {
      let watched = [signals.descriptor.rawValue] + input.watched(room: agent.client.inputRoom)
      switch try agent.ask({ client throws(AgentError) in try client.next(watching: watched) }) {
      case .event(.done(.stopped)): return nil
      case .event(.done(let outcome)): return outcome
      case .event(.console(let bytes)): try Terminal.write(bytes)
      case .event(.failed(let failure)): throw Problem(failure)
      case .readable(signals.descriptor.rawValue):
        guard let signal = signals.take() else { continue }
        throw Problem(
          "interrupted; the guest goes on", status: .interrupted(bySignal: signal))
      case .readable: if try passInput() { try leave() }
      case .event, .timedOut: continue
      }
    }
  }

  /// Sends what was typed; true if the user wants to leave.
  private mutating func passInput() throws(Problem) -> Bool {
    let bytes = input.read(limit: agent.client.inputRoom)
    let end = isatty(STDIN_FILENO) == 1 ? bytes.firstIndex(of: Self.escape) : nil
    let typed = Array(bytes[..<(end ?? bytes.endIndex)])
    try agent.ask { client throws(AgentError) in try client.send(input: typed) }
    return end != nil
  }

  private func leave() throws(Problem) {
    try agent.ask { client throws(AgentError) in try client.send(.stop) }
  }
}
