// SPDX-License-Identifier: Apache-2.0

extension AgentClient {
  /// Opens the conversation, and waits for the agent to say what it is.
  public func greet(timeoutMilliseconds: Int? = nil) throws(AgentError) -> AgentInformation {
    try send(.hello(.current))
    while true {
      switch try next(timeoutMilliseconds: timeoutMilliseconds) {
      case .event(.ready(let information)):
        guard information.version == .current else {
          throw .versionMismatch(VersionMismatch(client: .current, agent: information.version))
        }
        return information
      case .event(.failed(let failure)): throw .failed(failure)
      case .event(let event): throw .unexpected(event, waitingFor: "\"ready\"")
      case .readable: continue
      case .timedOut: throw .silent(milliseconds: timeoutMilliseconds ?? 0)
      }
    }
  }

  /// Sends the files of a run and the request; ``next(watching:timeoutMilliseconds:)`` then brings
  /// its events, of which ``Event/finished(_:)`` or a failure of the run is the last.
  public func start(_ run: RunRequest, kernel: [UInt8], module: [UInt8]? = nil)
    throws(AgentError)
  {
    try send(.run(try attach(run, kernel, module)))
  }

  /// Creates a domain that outlives the conversation, and lets it run unless it starts paused.
  public func create(
    _ domain: RunRequest, startsPaused: Bool = false, kernel: [UInt8], module: [UInt8]? = nil,
    observe: (Event) -> Void = { _ in }
  ) throws(AgentError) -> CreatedDomain {
    try send(.create(try attach(domain, kernel, module), startsPaused: startsPaused))
    var created: CreatedDomain?
    while true {
      guard case .event(let event) = try next() else { continue }
      switch event {
      case .created(let domain): created = domain
      case .done:
        guard let created else { throw .unexpected(event, waitingFor: "\"created\"") }
        return created
      case .failed(let failure): throw .failed(failure)
      default: observe(event)
      }
    }
  }

  /// All domains of the agent's Xen, the control domain first.
  public func list() throws(AgentError) -> [DomainSummary] {
    try send(.list)
    while true {
      switch try next() {
      case .event(.domains(let domains)): return domains
      case .event(.failed(let failure)): throw .failed(failure)
      case .event(let event): throw .unexpected(event, waitingFor: "\"domains\"")
      case .readable, .timedOut: continue
      }
    }
  }

  /// Does something with a domain; returns how its guest ended, if it was waited for.
  public func act(_ action: DomainAction) throws(AgentError) -> Outcome? {
    try send(.act(action))
    while true {
      switch try next() {
      case .event(.done(let outcome)): return outcome
      case .event(.failed(let failure)): throw .failed(failure)
      case .event(let event): throw .unexpected(event, waitingFor: "\"done\"")
      case .readable, .timedOut: continue
      }
    }
  }

  /// Runs a domain to its end; `observe` sees each event but the last one.
  public func run(
    _ run: RunRequest, kernel: [UInt8], module: [UInt8]? = nil, observe: (Event) -> Void = { _ in }
  ) throws(AgentError) -> RunResult {
    try start(run, kernel: kernel, module: module)
    while true {
      guard case .event(let event) = try next() else { continue }
      switch event {
      case .finished(let result): return result
      case .failed(let failure) where failure.subject != .execute: throw .failed(failure)
      default: observe(event)
      }
    }
  }

  /// Runs a program in the control domain, while no domain of this conversation runs.
  public func execute(_ arguments: [String], timeLimitMilliseconds: Int = 60_000)
    throws(AgentError) -> CommandOutput
  {
    try send(
      .execute(
        ExecuteRequest(arguments: arguments, timeLimitMilliseconds: timeLimitMilliseconds)))
    while true {
      switch try next() {
      case .event(.output(let output)): return output
      case .event(.failed(let failure)): throw .failed(failure)
      case .event(let event): throw .unexpected(event, waitingFor: "\"output\"")
      case .readable, .timedOut: continue
      }
    }
  }

  /// Sends the files of a domain; returns its request with their sizes.
  private func attach(_ run: RunRequest, _ kernel: [UInt8], _ module: [UInt8]?)
    throws(AgentError) -> RunRequest
  {
    try attach(.kernel, kernel)
    if let module { try attach(.module, module) }
    var run = run
    run.kernelByteCount = kernel.count
    run.moduleByteCount = module?.count
    return run
  }

  /// A file travels in pieces, so that neither side ever holds more than one of them twice.
  private func attach(_ file: AttachedFile, _ bytes: [UInt8]) throws(AgentError) {
    let piece = 256 << 10
    for start in stride(from: 0, to: bytes.count, by: piece) {
      try send(.attach(file, Array(bytes[start..<min(start + piece, bytes.count)])))
    }
  }
}
