// SPDX-License-Identifier: Apache-2.0

public import DomainModel
public import HostSystem

/// A domain from its creation to the moment when nothing of it is left.
///
/// Its owner calls ``destroy()`` on every path; a domain that is forgotten instead is destroyed
/// with the last reference to it, silently.
public final class LiveDomain {
  /// The domain's number and identity.
  public let domain: Domain
  /// The run, from ``unpause(timeLimitMilliseconds:)`` to ``destroy()``.
  public private(set) var run: DomainRun<LiveMachine>?
  private let host: ControlDomain
  private let builder: any DomainBuilder
  private var machine: LiveMachine?
  private var terminal: ConsoleTerminal?
  private var isDestroyed = false

  /// Builds a domain and leaves it paused.
  public init(
    _ configuration: DomainConfiguration, image: DomainImage, uuid: DomainUUID,
    builder: any DomainBuilder, host: ControlDomain
  ) throws(ToolstackError) {
    self.host = host
    self.builder = builder
    domain = try builder.create(configuration, image: image, uuid: uuid)
  }

  /// Takes over a domain that another process has built.
  public init(adopting domain: Domain, builder: any DomainBuilder, host: ControlDomain) {
    self.domain = domain
    self.builder = builder
    self.host = host
  }

  deinit {
    try? destroy()
  }

  /// Puts in place what has to be there before the guest's first instruction.
  public func attach() throws(ToolstackError) {
    try host.reportTripleFaultsAsCrash(of: domain)
    machine = try LiveMachine(host: host, domain: domain)
    terminal = try ConsoleTerminal.attach(to: domain, store: host.store)
  }

  /// Follows a guest that another process has let run at `start`, and of whose console output it has
  /// received so many bytes.
  ///
  /// - Precondition: ``attach()`` has succeeded.
  public func follow(since start: MonotonicTime, received: Int, timeLimitMilliseconds: Int?) {
    guard let machine, let terminal else { preconditionFailure("attach the console first") }
    run = DomainRun(
      machine: machine, terminal: terminal, start: start, timeLimit: timeLimitMilliseconds,
      receivedByteCount: UInt64(received))
  }

  /// Lets go of the domain, which goes on without this process.
  public func detach() {
    isDestroyed = true
    close()
  }

  /// Lets the guest run; returns the moment before its first instruction.
  ///
  /// - Precondition: ``attach()`` has succeeded.
  public func unpause(timeLimitMilliseconds: Int?) throws(ToolstackError) -> MonotonicTime {
    guard let machine, let terminal else { preconditionFailure("attach the console first") }
    let start = MonotonicTime.now
    try host.unpause(domain)
    run = DomainRun(
      machine: machine, terminal: terminal, start: start, timeLimit: timeLimitMilliseconds)
    return start
  }

  /// Destroys the domain and returns when nothing of it is left.
  ///
  /// It is tried once; what fails here will not work a moment later.
  public func destroy() throws(ToolstackError) {
    guard !isDestroyed else { return }
    isDestroyed = true
    close()
    try builder.destroy(domain)
  }

  private func close() {
    machine?.release()
    run = nil
    machine = nil
    terminal = nil
  }
}
