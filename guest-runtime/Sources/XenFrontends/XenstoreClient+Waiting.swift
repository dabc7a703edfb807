// SPDX-License-Identifier: Apache-2.0

import XenstoreWire

extension XenstoreClient {
  /// Waits for the reply to a request; returns its payload.
  ///
  /// - Throws: what `takeReply` throws; `.timedOut` if it does not come, and then the request is
  ///   abandoned.
  public mutating func finish(_ request: XenstoreRequest) throws(XenstoreError) -> [UInt8] {
    do throws(XenstoreError) {
      try wait(Self.patience) { $0.isDecided(request) }
    } catch {
      // A connection that failed meanwhile may have brought the reply before.
      guard error != .timedOut else {
        abandon(request)
        throw error
      }
    }
    guard let payload = try takeReply(to: request) else { throw .timedOut }
    return payload
  }

  /// Waits until all requests are answered and no message is in the rings in part; as long as a reply
  /// may take at most. After that somebody else can use the page.
  public mutating func settle() {
    try? wait(Self.patience) { client in
      client.reader.isBetweenMessages && client.exchanges.allSatisfy { $0.reply != nil }
    }
  }

  /// Sends a request and waits for its reply; first for room, if too many are under way.
  ///
  /// - Throws: what `begin` and `finish` throw; `.timedOut` if there is no room either.
  mutating func ask(
    _ operation: XenstoreOperation, _ payload: [UInt8], in transaction: XenstoreTransaction = .none
  ) throws(XenstoreError) -> [UInt8] {
    if !canBegin { try wait(Self.patience) { $0.canBegin } }
    return try finish(try begin(operation, payload, in: transaction))
  }

  /// Waits until `condition` holds, moving bytes both ways meanwhile.
  mutating func wait(
    _ milliseconds: UInt64, until condition: (Self) -> Bool
  ) throws(XenstoreError) {
    var wait = BoundedWait(for: port, atMost: milliseconds, calls: calls)
    while !condition(self) {
      let hasMore = try step()
      if condition(self) { return }
      guard hasMore ? wait.goOn() : wait.sleep() else { throw .timedOut }
      // xenstored wakes us for each reply. On a CPU that we share with it, all that are on their way
      // are there after this, for one turn of ours.
      if exchanges.count > 1 { calls.yield() }
    }
  }

  /// Whether there is nothing to wait for: the reply has come, or never will.
  private func isDecided(_ request: XenstoreRequest) -> Bool {
    guard let position = position(of: request.id) else { return true }
    return exchanges[position].reply != nil || exchanges[position].isAbandoned
  }
}
