// SPDX-License-Identifier: Apache-2.0

import CXenLight
public import HostSystem
public import SystemPackage
public import XenDomainModel

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

  /// Puts in place what has to be there before the guest's first instruction; the indices of its console
  /// begin with `firstIndex`.
  public func attach(firstIndex: UInt32 = 0) throws(ToolstackError) {
    try host.reportTripleFaultsAsCrash(of: domain)
    machine = try LiveMachine(host: host, domain: domain, firstIndex: firstIndex)
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

/// What a run needs to know of the machine; the real one is ``LiveMachine``.
public protocol RunMachine {
  /// Readable when the state of some domain may have changed; nil if nothing tells us any more.
  var watchDescriptor: FileDescriptor? { get }
  /// Takes what made ``watchDescriptor`` readable; false if there was nothing.
  func takeWatchEvents() -> Bool
  /// What Xen says of the domain.
  func state() throws(ToolstackError) -> DomainState
  /// Stops the guest's vCPUs where they are.
  func pause() throws(ToolstackError)
  /// How far the guest's console output has come.
  var consoleIndices: ConsoleIndices { get }
}

/// A domain of the Xen that we run under, seen as a run sees it.
public final class LiveMachine: RunMachine {
  private let host: ControlDomain
  private let domain: Domain
  private let ring: ConsoleRing
  private let news: DomainReleaseWatch
  /// The news that were there when this machine looked last.
  private var newsCount: Int

  init(host: ControlDomain, domain: Domain, firstIndex: UInt32 = 0) throws(ToolstackError) {
    self.host = host
    self.domain = domain
    ring = try ConsoleRing(
      of: domain, startingAt: firstIndex, control: host.control, log: host.log)
    news = try host.releaseNews()
    newsCount = news.takeCount()
  }

  /// Unmaps the domain's memory: Xen keeps a domain as long as some of it is mapped.
  func release() {
    ring.unmap()
  }

  public var watchDescriptor: FileDescriptor? { news.descriptor }

  /// Takes xenstored's news.
  public func takeWatchEvents() -> Bool {
    let count = news.takeCount()
    defer { newsCount = count }
    return count != newsCount
  }

  /// What Xen says of the domain.
  public func state() throws(ToolstackError) -> DomainState { try host.state(of: domain) }

  /// Stops the domain's vCPUs.
  public func pause() throws(ToolstackError) { try host.pause(domain) }

  /// The indices in the guest's console page.
  public var consoleIndices: ConsoleIndices { ring.indices }
}

/// xenstored's news of domains that shut down or vanished, for all the runs of one process.
///
/// A watch belongs to the connection, not to a run: an event is consumed once, for all runs.
package final class DomainReleaseWatch {
  /// The name under which xenstored reports.
  private static let path = "@releaseDomain"

  private let store: XenstoreConnection

  init(_ store: XenstoreConnection) throws(ToolstackError) {
    self.store = store
    try store.watch(Self.path)
  }

  deinit {
    store.unwatch(Self.path)
  }

  /// Readable when there may be news; nil if xenstored is gone.
  package var descriptor: FileDescriptor? { store.descriptor }

  /// How many events there have been, whichever run took them: to compare with.
  package func takeCount() -> Int {
    _ = store.takeEvents()
    return store.eventCount
  }
}
