// SPDX-License-Identifier: Apache-2.0

import Synchronization
public import XenToolstack

/// One domain of the host.
///
/// A handle that is dropped leaves its domain as it is. Once the domain has gone, calls throw
/// `ToolstackError` of the kind `.noSuchDomain`, even if Xen has given its number to another; only
/// ``wait()`` and ``destroy()`` have their answer all the same.
public final class DomainHandle: Sendable {
  /// Number and identity.
  public let domain: Domain
  /// The name under which it was made or found.
  public let name: String
  public let toolstack: Toolstack
  /// Bytes of the console that have been read through this handle.
  let consolePosition = Atomic<UInt64>(0)
  /// Whether nobody else can have read the console before.
  let isOwn: Bool

  /// A handle of a domain that was made just now, or found.
  init(_ domain: Domain, name: String, toolstack: Toolstack, isOwn: Bool) {
    self.domain = domain
    self.isOwn = isOwn
    self.name = name
    self.toolstack = toolstack
  }

  /// Lets the guest run.
  public func unpause() async throws(ToolstackError) {
    try await toolstack.withHost(of: self) { host throws(ToolstackError) in
      try host.unpause(domain)
    }
  }

  /// Stops the guest's vCPUs where they are.
  public func pause() async throws(ToolstackError) {
    try await toolstack.withHost(of: self) { host throws(ToolstackError) in
      try host.pause(domain)
    }
  }

  /// Asks the guest for something through xenstore, and does not wait. The guest need not obey, and a paused one
  /// does not see it.
  public func request(_ request: GuestRequest) async throws(ToolstackError) {
    try await toolstack.withHost(of: self) { host throws(ToolstackError) in
      try host.request(request, of: domain)
    }
  }

  /// Asks the guest to end, and waits until it has; the domain stays, so that its last output can be read.
  @discardableResult
  public func shutDown() async throws(ToolstackError) -> Outcome {
    try await request(.powerOff)
    return try await wait()
  }

  /// Waits until the guest has ended, or the domain is destroyed; returns at once if it has.
  ///
  /// - Throws: `ToolstackError`, of the kind `.cancelled` as soon as the task is cancelled.
  public func wait() async throws(ToolstackError) -> Outcome {
    try await toolstack.wait(for: domain)
  }

  /// Destroys the domain in any state, and returns when Xen has none of it left; one that has gone is no
  /// error. It is done in a cancelled task, too.
  public func destroy() async throws(ToolstackError) {
    try await toolstack.destroy(domain)
  }

  /// What Xen says of it at this moment: state, memory, processor time.
  public func statistics() async throws(ToolstackError) -> DomainInformation {
    try await toolstack.withHost(of: self) { host throws(ToolstackError) in
      try host.information(of: domain)
    }
  }

  public var console: DomainConsole { DomainConsole(self) }
}

extension Toolstack {
  /// Does something with a domain that is still there.
  func withHost<Result: Sendable>(
    of handle: DomainHandle, _ body: @Sendable (ControlDomain) throws(ToolstackError) -> Result
  ) throws(ToolstackError) -> Result {
    let host = try host()
    return try host.logging { () throws(ToolstackError) in
      guard try host.state(of: handle.domain) != .gone else { throw ToolstackError(gone: handle) }
      return try body(host)
    }
  }
}

extension ToolstackError {
  /// The domain of a handle does not exist any more.
  init(gone handle: DomainHandle) {
    self.init(.noSuchDomain, "domain \(handle.domain.id), \"\(handle.name)\", is gone")
  }
}

/// A guest's console: what the guest writes, as a sequence of pieces, and a way to send it bytes.
///
/// The sequence begins with what xenconsoled has kept while nobody read (1 MiB at most), goes on
/// where the last one of the same handle stopped, and ends when all that the guest wrote before its
/// end has been read, when the domain is destroyed, and at once when the reading task is cancelled.
/// The guest is not read faster than the sequence is. One task reads a console at a time, in this
/// process and outside of it.
public struct DomainConsole: AsyncSequence, Sendable {
  private let handle: DomainHandle

  init(_ handle: DomainHandle) {
    self.handle = handle
  }

  /// Reads from now on.
  public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(handle) }

  /// Sends bytes to the guest; returns when xenconsoled has them all, which may be never if the guest
  /// does not read.
  ///
  /// - Throws: `ToolstackError`: `.cancelled` as soon as the task is cancelled, saying how many bytes
  ///   had been sent; `.consoleUnavailable` once the guest has ended.
  public func send(_ bytes: [UInt8]) async throws(ToolstackError) {
    try await handle.toolstack.send(bytes, to: handle)
  }

  /// Reads the console's bytes.
  public struct AsyncIterator: AsyncIteratorProtocol {
    private let reader: ConsoleReader
    private var hasBegun = false

    fileprivate init(_ handle: DomainHandle) {
      reader = ConsoleReader(handle)
    }

    /// The next bytes, at least one; nil at the end.
    ///
    /// - Throws: `ToolstackError`, for example `.consoleUnavailable` if somebody reads already.
    public mutating func next(isolation actor: isolated (any Actor)? = #isolation)
      async throws(ToolstackError) -> [UInt8]?
    {
      let begins = !hasBegun
      hasBegun = true
      return try await reader.handle.toolstack.read(reader, begins: begins)
    }
  }
}

/// The reader of a console, for as long as there is an iterator.
final class ConsoleReader: Sendable {
  let handle: DomainHandle
  let requestID = RequestID()

  init(_ handle: DomainHandle) {
    self.handle = handle
  }

  deinit {
    Task { [handle, requestID] in await handle.toolstack.leave(requestID) }
  }
}
