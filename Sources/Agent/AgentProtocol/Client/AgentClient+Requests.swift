// SPDX-License-Identifier: Apache-2.0

public import DomainModel

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
  public func execute(_ arguments: [String], timeLimitMilliseconds: Int = 60_000)
    throws(AgentError) -> CommandOutput
  {
    try send(
      .execute(
        ExecuteRequest(arguments: arguments, timeLimitMilliseconds: timeLimitMilliseconds)))
    return try answer("\"output\"") { if case .output(let output) = $0 { output } else { nil } }
  }

  /// Waits for the event that answers a request, of which `pick` takes what matters.
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

  /// A file travels in pieces, so that neither side ever holds more than one of them twice.
  private func attach(_ file: AttachedFile, _ bytes: [UInt8]) throws(AgentError) {
    let piece = 256 << 10
    for start in stride(from: 0, to: bytes.count, by: piece) {
      try send(.attach(file, Array(bytes[start..<min(start + piece, bytes.count)])))
    }
  }
}
