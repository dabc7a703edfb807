// SPDX-License-Identifier: Apache-2.0

import XenstoreWire

extension XenstoreClient {
  /// Asks to be told when a node, or one below it, changes; the first event comes at once.
  ///
  /// - Throws: `XenstoreError`; `.refused(.exists)` if there is the same watch.
  public mutating func watch(_ path: [UInt8], token: [UInt8]) throws(XenstoreError) {
    try register(path, token)
    watches.append(XenstoreWatchEvent(path: path, token: token))
  }

  /// Takes a watch back; events that have come already stay.
  ///
  /// - Throws: `XenstoreError`; `.refused(.notFound)` if there is no such watch.
  public mutating func unwatch(_ path: [UInt8], token: [UInt8]) throws(XenstoreError) {
    _ = try ask(.unwatch, XenstoreStrings.joined([path, token]))
    watches.removeAll { $0.path == path && $0.token == token }
  }

  /// Takes a watch back without waiting for the answer, and drops its events; waits only if too
  /// many requests are under way.
  public mutating func dropWatch(_ path: [UInt8], token: [UInt8]) {
    watches.removeAll { $0.path == path && $0.token == token }
    while takeEvent(token: token) != nil {}
    let payload = XenstoreStrings.joined([path, token])
    guard canBegin else { return _ = try? ask(.unwatch, payload) }
    guard let request = try? begin(.unwatch, payload) else { return }
    abandon(request)
    _ = try? step()
  }

  /// Events that did not fit into the inbox and named no watch of ours.
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
      guard error == .refused(.notImplemented) || error == .refused(.invalid) else { throw error }
    }
    watches = []
    inbox = XenstoreInbox()
  }

  /// Whether this xenstored can take a connection up anew.
  public var canReconnect: Bool { page.canReconnect }

  /// Takes the connection up anew after a failure, and registers the watches again. What was under
  /// way is forgotten, and transactions are gone.
  ///
  /// - Throws: `XenstoreError`; `.cannotReconnect` if this xenstored does not offer it, `.timedOut`
  ///   if it does not come back; the watches are kept for the next try.
  public mutating func reconnect() throws(XenstoreError) {
    try beginReconnection()
    try wait(Self.patience) { !$0.isConnecting }
    for watch in watches { try register(watch.path, watch.token) }
  }

  /// Asks xenstored to take the connection up anew. Does not wait: `step` sees it through, and
  /// then the watches have to be registered again.
  ///
  /// - Throws: `.cannotReconnect` if this xenstored does not offer it.
  public mutating func beginReconnection() throws(XenstoreError) {
    guard canReconnect else { throw .cannotReconnect }
    startOver()
    isConnecting = true
    page.askForReconnection()
    try? calls.notify(port)
  }

  private mutating func register(_ path: [UInt8], _ token: [UInt8]) throws(XenstoreError) {
    _ = try ask(.watch, XenstoreStrings.joined([path, token]))
  }
}
