// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import FixtureVerdicts
import HostSystem
import XenDomainModel

/// One guest of a suite, and the program that runs beside it in the control domain.
struct ConformanceGuest {
  private let agent: AgentConnection
  private let program: (Int) -> [String]
  private var console: [UInt8] = []
  private var companion: CommandOutput?
  private var companionRuns = false
  private var result: RunResult?
  private var isCreated = false
  /// Why the toolstack gave the run up, when it did so after the guest's start.
  private var failure: Failure?

  /// What came of it.
  struct End {
    let console: [UInt8]
    let outcome: GuestOutcome
    /// What the program printed; nil if it could not be run, or did not end.
    let companion: CommandOutput?
    /// Whether the program still runs: the agent ends it with the conversation.
    let isCompanionLeft: Bool
  }

  /// A guest; the program is told the number of its domain.
  init(_ agent: AgentConnection, _ program: @escaping (Int) -> [String]) {
    self.agent = agent
    self.program = program
  }

  /// How long the program may go on after the guest's end, in milliseconds: one that asks a daemon that is gone
  /// does so for ever.
  private static let patience = 30_000

  /// Runs both to their ends, as far as the program has one.
  mutating func run(
    _ files: RunFiles, timeout: Double, signals: borrowing SignalDescriptor
  ) throws(Problem) -> End {
    let request = files.request(timeout: timeout)
    try agent.ask { client throws(AgentError) in try client.start(request, kernel: files.image) }
    var interruption: Problem?
    while !isOver || companionRuns {
      let activity = try agent.ask { client throws(AgentError) in
        try client.next(
          watching: [signals.descriptor], timeoutMilliseconds: isOver ? Self.patience : 450_000)
      }
      switch activity {
      case .event(let event): try take(event, timeout)
      case .readable:
        guard let signal = signals.take() else { continue }
        guard interruption == nil else { throw Problem(interruptedBySignal: signal) }
        interruption = Problem(interruptedBySignal: signal)
        try agent.ask { client throws(AgentError) in try client.send(.stop) }
      case .timedOut where isOver:
        return End(console: console, outcome: outcome, companion: nil, isCompanionLeft: true)
      case .timedOut: throw Problem("the control domain says nothing for 450 s")
      }
      if isOver, let interruption { throw interruption }
    }
    return End(
      console: console, outcome: outcome, companion: companion, isCompanionLeft: false)
  }

  private mutating func take(_ event: Event, _ timeout: Double) throws(Problem) {
    switch event {
    case .created(let domain):
      isCreated = true
      let request = ExecuteRequest(
        arguments: program(domain.domainID), timeLimitMilliseconds: Int(timeout * 1000))
      companionRuns = true
      try agent.ask { client throws(AgentError) in try client.send(.execute(request)) }
    case .console(let bytes): console += bytes
    case .output(let output):
      companion = output
      companionRuns = false
    case .finished(let end): result = end
    case .failed(let failure) where failure.subject == .execute:
      Terminal.complain("pvh: the second party: \(failure.message)")
      companionRuns = false
    // What the guest has said is worth a report: a daemon that dies takes the toolstack with it.
    case .failed(let failure) where isCreated: self.failure = failure
    case .failed(let failure): throw Problem(failure)
    default: break
    }
  }

  private var isOver: Bool { result != nil || failure != nil }

  private var outcome: GuestOutcome {
    if let failure { return .other(failure.message) }
    return switch result?.outcome {
    case .exited(let status)?: .exited(status)
    case .crashed?: .other("the guest crashed")
    case .timedOut?: .other("the time limit came before the guest's end")
    case .some(let other): .other("the guest ended otherwise: \(other)")
    case nil: .other("the guest has not ended")
    }
  }
}
