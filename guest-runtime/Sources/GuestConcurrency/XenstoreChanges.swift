// SPDX-License-Identifier: Apache-2.0

import GuestRuntime
import XenFrontends
import XenstoreWire
public import _Concurrency

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

  /// Takes the change.
  func take() -> [UInt8]? {
    defer { change = nil }
    return change
  }
}
