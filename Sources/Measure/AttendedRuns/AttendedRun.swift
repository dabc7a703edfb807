// SPDX-License-Identifier: Apache-2.0

public import AgentProtocol

/// One run under observation: waits for what the guest prints, types, and runs programs in the
/// control domain beside it.
///
/// Every wait ends with `AgentError.silent` when the agent says nothing for a minute.
public final class AttendedRun {
  /// The conversation; nobody else may take its events.
  public let client: AgentClient
  /// What the guest has printed so far.
  public private(set) var console: [UInt8] = []
  /// The number of the domain, once it exists.
  public private(set) var domainID: Int?
  /// What came of the run, once it has ended.
  public private(set) var result: RunResult?

  private static let patience = 60_000

  /// A run that has not begun, in a conversation that has been opened.
  public init(_ client: AgentClient) { self.client = client }

  /// Starts a guest and returns when its domain exists.
  ///
  /// - Throws: `AgentError`, for example when the domain cannot be built.
  public func start(
    _ request: RunRequest, kernel: [UInt8], module: [UInt8]? = nil
  ) throws(AgentError) {
    try client.start(request, kernel: kernel, module: module)
    while domainID == nil, result == nil { try take(try next()) }
  }

  /// Sends bytes to the guest's console.
  ///
  /// - Throws: `AgentError` when the agent is gone.
  public func type(_ text: String) throws(AgentError) { try client.send(input: Array(text.utf8)) }

  /// Runs a program in the control domain while the guest runs.
  ///
  /// - Throws: `AgentError`, for example when there is no such program.
  public func execute(_ arguments: [String]) throws(AgentError) -> CommandOutput {
    try client.send(.execute(ExecuteRequest(arguments: arguments)))
    while true {
      let event = try next()
      if case .output(let output) = event { return output }
      try take(event)
    }
  }

  /// Waits until the guest has printed so many bytes in all, or has ended.
  ///
  /// - Throws: `AgentError`, for example when the agent is gone.
  public func wait(forBytes count: Int) throws(AgentError) {
    while console.count < count, result == nil { try take(try next()) }
  }

  /// Waits until the guest has printed `text`, or has ended; returns where `text` ends.
  ///
  /// - Parameters:
  ///   - text: is looked for as bytes.
  ///   - start: where in `console` to begin to look.
  /// - Returns: nil if the guest ended without printing it.
  /// - Throws: `AgentError`, for example when the agent is gone.
  @discardableResult
  public func wait(for text: String, from start: Int = 0) throws(AgentError) -> Int? {
    let wanted = Array(text.utf8)
    var start = start
    while true {
      var place = start
      while place + wanted.count <= console.count {
        if console[place..<(place + wanted.count)].elementsEqual(wanted) {
          return place + wanted.count
        }
        place += 1
      }
      if result != nil { return nil }
      // Its beginning may be here already.
      start = place
      try take(try next())
    }
  }

  /// Waits for the end of the run.
  ///
  /// - Throws: `AgentError`, for example when the agent is gone.
  public func finish() throws(AgentError) -> RunResult {
    while true {
      if let result { return result }
      try take(try next())
    }
  }

  private func next() throws(AgentError) -> Event {
    while true {
      switch try client.next(timeoutMilliseconds: Self.patience) {
      case .event(let event): return event
      case .timedOut: throw .silent(milliseconds: Self.patience)
      case .readable: continue
      }
    }
  }

  private func take(_ event: Event) throws(AgentError) {
    switch event {
    case .created(let domain): domainID = domain.domainID
    case .console(let bytes): console += bytes
    case .finished(let end): result = end
    case .failed(let failure): throw .failed(failure)
    default: break
    }
  }
}
