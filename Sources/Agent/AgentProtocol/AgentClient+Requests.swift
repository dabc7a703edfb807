// SPDX-License-Identifier: Apache-2.0

public import XenDomainModel

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

  /// What an xl.cfg file says; `file` is its name for messages. It needs no Xen.
  public func parse(_ bytes: [UInt8], file: String) throws(AgentError) -> DomainSpec {
    try send(.parse(bytes, file: file))
    return try answer("\"description\"") {
      if case .description(let description) = $0 { description } else { nil }
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
  public func execute(
    _ arguments: [String], timeLimitMilliseconds: Int = 60_000, input: [UInt8] = []
  ) throws(AgentError) -> CommandOutput {
    try send(
      .execute(
        ExecuteRequest(
          arguments: arguments, timeLimitMilliseconds: timeLimitMilliseconds, input: input)))
    return try answer("\"output\"") { if case .output(let output) = $0 { output } else { nil } }
  }

  /// Waits for the event from which `pick` takes an answer.
  func answer<Answer>(_ wanted: String, _ pick: (Event) -> Answer?)
    throws(AgentError) -> Answer
  {
    while true {
      guard case .event(let event) = try next() else { continue }
      if let answer = pick(event) { return answer }
      if case .failed(let failure) = event { throw .failed(failure) }
      throw .unexpected(event, waitingFor: wanted)
    }
  }

  @discardableResult
  func waitUntilDone() throws(AgentError) -> Outcome? {
    try answer("\"done\"") { if case .done(let outcome) = $0 { .some(outcome) } else { nil } }
  }

  /// Sends the files of a domain; returns its request with their sizes.
  func attach(_ run: RunRequest, _ kernel: [UInt8], _ module: [UInt8]?)
    throws(AgentError) -> RunRequest
  {
    try attach(.kernel, kernel)
    if let module { try attach(.module, module) }
    var run = run
    run.kernelByteCount = kernel.count
    run.moduleByteCount = module?.count
    return run
  }

  /// Sends a file in pieces, so that neither side holds a second copy of more than one of them.
  private func attach(_ file: AttachedFile, _ bytes: [UInt8]) throws(AgentError) {
    let piece = 256 << 10
    for start in stride(from: 0, to: bytes.count, by: piece) {
      try send(.attach(file, Array(bytes[start..<min(start + piece, bytes.count)])))
    }
  }
}

/// Domains that outlive the conversation, or were there before it.
extension AgentClient {
  /// Creates a domain that outlives the conversation, and lets it run unless it starts paused.
  public func create(
    _ domain: RunRequest, startsPaused: Bool = false, kernel: [UInt8], module: [UInt8]? = nil
  ) throws(AgentError) -> CreatedDomain {
    try send(.create(try attach(domain, kernel, module), startsPaused: startsPaused))
    return try waitUntilCreated()
  }

  /// Creates a domain that the control domain's supervisor looks after, and lets it run.
  public func supervise(
    _ domain: RunRequest, restart: RestartPolicy, kernel: [UInt8], module: [UInt8]? = nil
  ) throws(AgentError) -> CreatedDomain {
    try send(.supervise(try attach(domain, kernel, module), restart))
    return try waitUntilCreated()
  }

  /// Tells the supervisor not to start a guest again.
  public func release(_ domain: String) throws(AgentError) {
    try send(.release(domain: domain))
    try waitUntilDone()
  }

  private func waitUntilCreated() throws(AgentError) -> CreatedDomain {
    let created = try answer("\"created\"") {
      if case .created(let domain) = $0 { domain } else { nil }
    }
    try waitUntilDone()
    return created
  }

  /// What creating a domain would do, a line for each call; nothing is done.
  public func plan(
    _ domain: RunRequest, startsPaused: Bool = false, kernel: [UInt8], module: [UInt8]? = nil
  ) throws(AgentError) -> String {
    try send(.plan(try attach(domain, kernel, module), startsPaused: startsPaused))
    let text = try answer("\"note\"") { if case .note(let text) = $0 { text } else { nil } }
    try waitUntilDone()
    return text
  }

  public func show(_ domain: String) throws(AgentError) -> DomainDetails {
    try send(.show(domain: domain))
    return try answer("\"details\"") { if case .details(let it) = $0 { it } else { nil } }
  }

  /// All domains of the agent's Xen, the control domain first, and after them those of which only
  /// the supervisor knows.
  public func list() throws(AgentError) -> [DomainSummary] {
    try send(.list)
    return try answer("\"domains\"") { if case .domains(let list) = $0 { list } else { nil } }
  }

  /// Does something with a domain; returns how its guest ended, if it was waited for.
  public func act(_ action: DomainAction) throws(AgentError) -> Outcome? {
    try send(.act(action))
    return try waitUntilDone()
  }
}
