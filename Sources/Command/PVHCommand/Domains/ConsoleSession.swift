// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import DomainModel
import Glibc
import HostSystem
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
      try agent.ask { client throws(AgentError) in
        try client.send(input: input.take(room: client.inputRoom))
      }
      let watched =
        [signals.descriptor] + input.watched(hasKeys: isatty(STDIN_FILENO) == 1)
      switch try agent.ask({ client throws(AgentError) in try client.next(watching: watched) }) {
      case .event(.done(.stopped)): return nil
      case .event(.done(let outcome)): return outcome
      case .event(.console(let bytes)): try Terminal.write(bytes)
      case .event(.failed(let failure)): throw Problem(failure)
      case .readable(signals.descriptor):
        guard let signal = signals.take() else { continue }
        throw Problem(
          "interrupted; the guest goes on", status: .interrupted(bySignal: signal))
      case .readable: if takesLeave() { try leave() }
      case .event, .timedOut: continue
      }
    }
  }

  /// Keeps what was typed for the guest; true if the user wants to leave.
  private mutating func takesLeave() -> Bool {
    let bytes = input.read()
    let end = isatty(STDIN_FILENO) == 1 ? bytes.firstIndex(of: Self.escape) : nil
    input.keep(Array(bytes[..<(end ?? bytes.endIndex)]))
    return end != nil
  }

  private func leave() throws(Problem) {
    try agent.ask { client throws(AgentError) in try client.send(.stop) }
  }
}
