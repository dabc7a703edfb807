// SPDX-License-Identifier: Apache-2.0

public import GuestRuntime
import XenFrontends
import XenstoreWire
public import _Concurrency

/// The calls of `GuestXenstore` that let other tasks run while xenstored works. Up to 20 requests
/// are under way at a time; more wait for their turn. Calls without such a variant let all of the
/// guest wait.
extension GuestXenstore {
  /// The value of a node, nil if there is no such node.
  ///
  /// - Throws: `GuestError` if xenstored refuses or does not answer, or the task is cancelled.
  public func value(of path: GuestText) async throws(GuestError) -> [UInt8]? {
    try await ask("reading", path, .read, XenstoreStrings.joined([path.bytes]))
  }

  /// Sets the value of a node, which is made if there is none.
  ///
  /// - Throws: `GuestError` if xenstored refuses or does not answer, or the task is cancelled.
  public func set(_ path: GuestText, to value: GuestText) async throws(GuestError) {
    try await set(path, to: value.bytes)
  }

  /// Sets the value of a node, which is made if there is none.
  ///
  /// - Throws: `GuestError` if xenstored refuses or does not answer, or the task is cancelled.
  public func set(_ path: GuestText, to value: [UInt8]) async throws(GuestError) {
    // The path is sent with its NUL, the value without one.
    _ = try await ask("writing", path, .write, XenstoreStrings.joined([path.bytes]) + value)
  }

  /// Removes a node and all below it; no error if there is none.
  ///
  /// - Throws: `GuestError` if xenstored refuses or does not answer, or the task is cancelled.
  public func remove(_ path: GuestText) async throws(GuestError) {
    _ = try await ask("removing", path, .remove, XenstoreStrings.joined([path.bytes]))
  }

  /// The path of each change at or below a node, the first at once.
  ///
  /// A change is a hint: look at the node. The sequence ends when the connection fails or the task
  /// is cancelled.
  ///
  /// - Throws: `GuestError` if xenstored refuses or does not answer.
  public func changes(of path: GuestText) throws(GuestError) -> XenstoreChanges {
    try XenstoreChanges(of: path, in: self)
  }

  /// Sends a request and waits for its reply; nil if there is no such node.
  private func ask(
    _ action: StaticString, _ path: GuestText, _ operation: XenstoreOperation, _ payload: [UInt8]
  ) async throws(GuestError) -> [UInt8]? {
    let exchange = Exchange(operation, payload)
    let end = await Waiter.wait(atMost: 5000) { exchange.advance() }
    if end == .cancelled || end == .timedOut { exchange.abandon() }
    if end == .cancelled { throw .cancelled }
    switch exchange.outcome {
    case .success(let reply)?: return reply
    case .failure(.refused(.notFound))?: return nil
    case .failure(let error)?: throw GuestError(error, action, path)
    case nil: throw GuestError(.timedOut, action, path)
    }
  }
}

/// A request on its way through the client: waiting for its turn, under way, answered.
private final class Exchange {
  private let operation: XenstoreOperation
  private let payload: [UInt8]
  private var request: XenstoreRequestID?
  private(set) var outcome: Result<[UInt8], XenstoreError>?

  init(_ operation: XenstoreOperation, _ payload: [UInt8]) {
    (self.operation, self.payload) = (operation, payload)
  }

  /// Goes as far as possible without waiting; true at the end.
  func advance() -> Bool {
    do throws(GuestError) {
      outcome = try GuestXenstore.withClient { client in
        do throws(XenstoreError) {
          if request == nil {
            guard client.canBegin else { return nil }
            request = try client.begin(operation, payload)
          }
          if try client.step() { Waiters.lookAgain() }
          guard let request, let reply = try client.takeReply(to: request) else { return nil }
          return .success(reply)
        } catch {
          return .failure(error)
        }
      }
    } catch {
      outcome = .failure(.forgotten)
    }
    return outcome != nil
  }

  /// Gives it up: a late reply is dropped.
  func abandon() {
    guard let request else { return }
    try? GuestXenstore.withClient { $0.abandon(request) }
  }
}

/// Changes of a watched node and those below it, as xenstored reports them.
///
/// What changes several times before it is looked at may be reported once. The watch is taken back
/// when the sequence and its iterators are gone.
public struct XenstoreChanges: AsyncSequence, Sendable {
  /// The path of what changed: relative if the watched path is.
  public typealias Element = [UInt8]

  private let watch: Watch

  init(of path: GuestText, in store: GuestXenstore) throws(GuestError) {
    watch = try Watch(path)
  }

  /// Begins to look at changes.
  public func makeAsyncIterator() -> Iterator { Iterator(watch: watch) }

  /// The state of looking at changes.
  public struct Iterator: AsyncIteratorProtocol {
    let watch: Watch

    /// The next change; nil when the connection has failed or the task is cancelled.
    public func next() async -> [UInt8]? {
      let watch = watch
      guard await Waiter.wait(for: { watch.advance() }) == .ready else { return nil }
      return watch.take()
    }
  }
}

/// A watch with a token of its own, so that its events are told from those of other watches.
final class Watch: @unchecked Sendable {
  private let path: [UInt8]
  private let token: [UInt8]
  private var change: [UInt8]?

  nonisolated(unsafe) private static var count: UInt32 = 0

  init(_ path: GuestText) throws(GuestError) {
    unsafe Self.count &+= 1
    let (bytes, token) = (path.bytes, unsafe GuestText("task-\(Self.count)").bytes)
    (self.path, self.token) = (bytes, token)
    let failure: XenstoreError? = try GuestXenstore.withClient { client in
      do throws(XenstoreError) {
        try client.watch(bytes, token: token)
        return nil
      } catch {
        return error
      }
    }
    if let failure { throw GuestError(failure, "watching", path) }
  }

  deinit {
    let (path, token) = (path, token)
    try? GuestXenstore.withClient { $0.dropWatch(path, token: token) }
  }

  /// Whether there is a change to take, or never will be.
  func advance() -> Bool {
    let isOver: Bool? = try? GuestXenstore.withClient { client in
      guard let hasMore = try? client.step() else { return true }
      if hasMore { Waiters.lookAgain() }
      change = client.takeEvent(token: token)?.path
      return change != nil
    }
    return isOver ?? true
  }

  func take() -> [UInt8]? {
    defer { change = nil }
    return change
  }
}
