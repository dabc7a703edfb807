// SPDX-License-Identifier: Apache-2.0

import XenRings
import XenstoreWire

extension XenstoreClient {
  /// Asks to be told when a node, or one below it, changes; the first event comes at once.
  ///
  /// - Throws: `XenstoreError`; `.refused(.exists)` if there is the same watch.
  public mutating func watch(_ path: [UInt8], token: [UInt8]) throws(XenstoreError) {
    _ = try ask(.watch, XenstoreStrings.joined([path, token]))
    watches.append((path, token))
  }

  /// Takes a watch back; events that have come already stay.
  ///
  /// - Throws: `XenstoreError`; `.refused(.notFound)` if there is no such watch.
  public mutating func unwatch(_ path: [UInt8], token: [UInt8]) throws(XenstoreError) {
    _ = try ask(.unwatch, XenstoreStrings.joined([path, token]))
    watches.removeAll { $0.path == path && $0.token == token }
  }

  /// Events that did not fit into the inbox; look at all watched nodes when this grows.
  public var droppedEvents: Int { inbox.dropped }

  /// The oldest event; waits for one if there is none, nil when the time is up.
  ///
  /// - Throws: `XenstoreError` if the connection has failed.
  public mutating func nextEvent(
    atMost milliseconds: UInt64
  ) throws(XenstoreError) -> XenstoreWatchEvent? {
    do throws(XenstoreError) {
      try wait(milliseconds) { !$0.inbox.events.isEmpty }
    } catch {
      guard error == .timedOut else { throw error }
    }
    return inbox.take()
  }

  /// Removes what an earlier user of this page left: watches and transactions.
  ///
  /// - Throws: `XenstoreError`; an old xenstored that does not know the request is no error.
  public mutating func reset() throws(XenstoreError) {
    do throws(XenstoreError) {
      _ = try ask(.reset, [0])
    } catch {
      guard error == .refused(.notImplemented) else { throw error }
    }
    watches = []
    inbox = XenstoreInbox()
  }

  /// Takes the connection up anew after a failure, and registers the watches again.
  ///
  /// - Throws: `XenstoreError`; `.cannotReconnect` if this xenstored does not offer it.
  public mutating func reconnect() throws(XenstoreError) {
    guard page.canReconnect else { throw .cannotReconnect }
    page.connection.store(1)
    try? calls.notify(port)
    var wait = BoundedWait(for: port, atMost: Self.patience, calls: calls)
    while page.connection.load() != 0 {
      guard wait.sleep() else { throw .timedOut }
    }
    page = page.reopened
    startOver()
    let lost = watches
    watches = []
    for watch in lost { try self.watch(watch.path, token: watch.token) }
  }
}
