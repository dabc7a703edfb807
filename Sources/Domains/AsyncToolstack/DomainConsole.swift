// SPDX-License-Identifier: Apache-2.0
public import XenToolstack

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

/// Somebody who reads a console, for as long as there is an iterator.
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
