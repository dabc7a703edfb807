// SPDX-License-Identifier: Apache-2.0

public import DomainModel

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

  /// All about one domain.
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
