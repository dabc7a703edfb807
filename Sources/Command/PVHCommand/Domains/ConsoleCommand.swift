// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import ArgumentParser
import Glibc
import HostSystem
import SystemPackage
import XenDomainModel

/// `pvh console`: a domain's console on the terminal.
struct ConsoleCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "console",
    abstract: "Attaches the terminal to a domain's console; Ctrl-] leaves it.",
    discussion: """
      What the guest has printed so far comes first, as much as has been kept. Ctrl-] leaves, on a \
      terminal; the guest goes on. When the guest ends, pvh exits with its status; an unsupervised domain is left in place. \
      Two that read the same console (xl console is one, too) share what it prints between them; a \
      detached guest's console has one pvh at a time, and pvh logs --follow shows it, too.

      Example: pvh console hello
      """)

  @Argument(
    help: "Name or number of the domain.",
    completion: .custom { words, _, _ in DomainNames.all(words) })
  var domain: String

  @OptionGroup var target: TargetOptions

  func run() throws {
    let agent = try target.place.connect(for: .lasting)
    defer { agent.close() }
    let signals = try SignalDescriptor([SIGINT, SIGTERM, SIGHUP])
    var session = ConsoleSession(agent: agent)
    if isatty(STDIN_FILENO) == 1 {
      Terminal.complain("pvh: the console of \(domain); Ctrl-] leaves it")
    }
    let outcome = try RawTerminal.with { () throws(Problem) in
      try session.perform(domain, signals: signals)
    }
    guard let outcome else { return }
    var run = GuestRun(agent: agent, name: domain, verbose: false)
    run.sawReport = session.sawReport
    let status = try run.status(of: outcome)
    if status.rawValue != 0 { throw ExitCode(status.rawValue) }
  }
}

/// The terminal and a domain's console, from attaching to leaving.
struct ConsoleSession {
  /// Ctrl-], which leaves, as with `xl console`.
  private static let escape: UInt8 = 0x1d

  let agent: AgentConnection
  private(set) var sawReport = CrashReportFinder()
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
      case .event(.console(let bytes)):
        sawReport.look(at: bytes)
        try Terminal.write(bytes)
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
