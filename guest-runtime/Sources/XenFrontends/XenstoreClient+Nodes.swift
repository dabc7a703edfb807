// SPDX-License-Identifier: Apache-2.0

import ByteText
public import XenstoreWire

/// The calls that wait: for xenstored's answer to one request, or to several. All throw
/// `XenstoreError`.
extension XenstoreClient {
  /// The value of a node.
  ///
  /// - Throws: `.refused(.notFound)` if there is no such node.
  public mutating func read(
    _ path: [UInt8], in transaction: XenstoreTransaction = .none
  ) throws(XenstoreError) -> [UInt8] {
    try ask(.read, XenstoreStrings.joined([path]), in: transaction)
  }

  /// The values of nodes, nil for those that are not there: many requests under way at a time.
  ///
  /// - Throws: for the first that fails.
  public mutating func values(
    of paths: [[UInt8]], in transaction: XenstoreTransaction = .none
  ) throws(XenstoreError) -> [[UInt8]?] {
    var values: [[UInt8]?] = []
    var underWay: [XenstoreRequestID] = []
    var begun = 0
    do throws(XenstoreError) {
      while values.count < paths.count {
        // Half of the limit at a time, so that xenstored has some to do while the rest is sent.
        if underWay.count <= Self.requestLimit / 2 {
          while begun < paths.count, canBegin {
            let payload = XenstoreStrings.joined([paths[begun]])
            underWay.append(try begin(.read, payload, in: transaction))
            begun += 1
          }
          try step()
        }
        if underWay.isEmpty {
          // Other requests have taken all places.
          try wait(Self.patience) { $0.canBegin }
        } else {
          values.append(try value(underWay.removeFirst()))
        }
      }
    } catch {
      for request in underWay { abandon(request) }
      throw error
    }
    return values
  }

  /// Waits for the reply to a read; nil if there is no such node.
  private mutating func value(_ request: XenstoreRequestID) throws(XenstoreError) -> [UInt8]? {
    do throws(XenstoreError) {
      return try finish(request)
    } catch {
      guard error == .refused(.notFound) else { throw error }
      return nil
    }
  }

  /// Sets the value of a node, which is made if there is none.
  public mutating func write(
    _ value: [UInt8], to path: [UInt8], in transaction: XenstoreTransaction = .none
  ) throws(XenstoreError) {
    // The path is sent with its NUL, the value without one.
    _ = try ask(.write, XenstoreStrings.joined([path]) + value, in: transaction)
  }

  /// Makes an empty node, unless it is there.
  public mutating func make(
    _ path: [UInt8], in transaction: XenstoreTransaction = .none
  ) throws(XenstoreError) {
    _ = try ask(.make, XenstoreStrings.joined([path]), in: transaction)
  }

  /// Removes a node and all below it.
  public mutating func remove(
    _ path: [UInt8], in transaction: XenstoreTransaction = .none
  ) throws(XenstoreError) {
    _ = try ask(.remove, XenstoreStrings.joined([path]), in: transaction)
  }

  /// The names of a node's children.
  public mutating func list(
    _ path: [UInt8], in transaction: XenstoreTransaction = .none
  ) throws(XenstoreError) -> [[UInt8]] {
    do throws(XenstoreError) {
      return XenstoreStrings.split(
        try ask(.list, XenstoreStrings.joined([path]), in: transaction))
    } catch {
      guard error == .refused(.tooBig) else { throw error }
    }
    var listing = XenstoreListing()
    // More parts than a domain's quota of nodes fills, beginning again some times included.
    for _ in 0..<128 {
      let offset = [UInt8](decimal: UInt64(listing.offset))
      let part = try ask(.listPart, XenstoreStrings.joined([path, offset]), in: transaction)
      switch listing.take(part) {
      case .incomplete: continue
      case .complete(let names): return XenstoreStrings.split(names)
      case .malformed: throw .malformedReply(.listPart)
      }
    }
    throw .conflicts
  }

  /// Who may access a node, each as `XenstorePermission` travels. The first names the owner, and
  /// what all may do who are not named.
  public mutating func permissions(
    of path: [UInt8], in transaction: XenstoreTransaction = .none
  ) throws(XenstoreError) -> [[UInt8]] {
    XenstoreStrings.split(
      try ask(.permissions, XenstoreStrings.joined([path]), in: transaction))
  }

  /// Changes who may access a node. The first names the owner, whom only dom0 can change, and what
  /// all may do who are not named.
  public mutating func setPermissions(
    _ permissions: [[UInt8]], of path: [UInt8], in transaction: XenstoreTransaction = .none
  ) throws(XenstoreError) {
    _ = try ask(.setPermissions, XenstoreStrings.joined([path] + permissions), in: transaction)
  }

  // MARK: Transactions

  /// How often a transaction is tried before it is given up.
  public static var transactionLimit: Int { 10 }

  /// Does all of `body` or none of it, and again when others have changed the same nodes.
  ///
  /// - Parameter body: makes requests in the transaction it is given; its error gives all up.
  /// - Returns: what `body` returned the last time.
  /// - Throws: what `body` throws, or `XenstoreError`; `.conflicts` after too many tries.
  public mutating func transaction<Result>(
    _ body: (inout Self, XenstoreTransaction) throws(XenstoreError) -> Result
  ) throws(XenstoreError) -> Result {
    for _ in 0..<Self.transactionLimit {
      guard let transaction = XenstoreTransaction(opened: try ask(.startTransaction, [0])) else {
        throw .malformedReply(.startTransaction)
      }
      let result: Result
      do throws(XenstoreError) {
        result = try body(&self, transaction)
      } catch {
        try? end(transaction, "F")
        if error == .refused(.again) { continue }
        throw error
      }
      do throws(XenstoreError) {
        try end(transaction, "T")
        return result
      } catch {
        guard error == .refused(.again) else { throw error }
      }
    }
    throw .conflicts
  }

  /// Commits (`T`) or gives up (`F`) a transaction.
  private mutating func end(
    _ transaction: XenstoreTransaction, _ decision: Unicode.Scalar
  ) throws(XenstoreError) {
    _ = try ask(.endTransaction, [UInt8(ascii: decision), 0], in: transaction)
  }

  // MARK: Watches

  /// Asks to be told when a node, or one below it, changes; the first event comes at once.
  ///
  /// - Throws: `.refused(.exists)` if there is the same watch.
  public mutating func watch(_ path: [UInt8], token: [UInt8]) throws(XenstoreError) {
    try register(path, token)
    session.inbox.watches.append(XenstoreWatchEvent(path: path, token: token))
  }

  private mutating func register(_ path: [UInt8], _ token: [UInt8]) throws(XenstoreError) {
    _ = try ask(.watch, XenstoreStrings.joined([path, token]))
  }

  /// Takes a watch back; events that have come already stay.
  ///
  /// - Throws: `.refused(.notFound)` if there is no such watch.
  public mutating func unwatch(_ path: [UInt8], token: [UInt8]) throws(XenstoreError) {
    _ = try ask(.unwatch, XenstoreStrings.joined([path, token]))
    session.inbox.watches.removeAll { $0.path == path && $0.token == token }
  }

  /// Takes a watch back without waiting for the answer, and drops its events; waits only if too
  /// many requests are under way.
  public mutating func dropWatch(_ path: [UInt8], token: [UInt8]) {
    session.inbox.watches.removeAll { $0.path == path && $0.token == token }
    while takeEvent(token: token) != nil {}
    let payload = XenstoreStrings.joined([path, token])
    guard canBegin else { return _ = try? ask(.unwatch, payload) }
    guard let request = try? begin(.unwatch, payload) else { return }
    abandon(request)
    _ = try? step()
  }

  /// The oldest event; waits for one if there is none, nil when the time is up.
  ///
  /// - Throws: if the connection has failed.
  public mutating func nextEvent(
    atMost milliseconds: UInt64
  ) throws(XenstoreError) -> XenstoreWatchEvent? {
    do throws(XenstoreError) {
      try wait(milliseconds) { !$0.session.inbox.isEmpty }
    } catch {
      guard error == .timedOut else { throw error }
    }
    return takeEvent()
  }

  // MARK: The connection

  /// Removes what an earlier user of this page left: watches and transactions.
  ///
  /// - Throws: `XenstoreError`, but not if an old xenstored does not know the request.
  public mutating func reset() throws(XenstoreError) {
    do throws(XenstoreError) {
      _ = try ask(.reset, [0])
    } catch {
      guard error == .refused(.notImplemented) || error == .refused(.invalid) else { throw error }
    }
    session.inbox = XenstoreInbox()
  }

  /// Reconnects after a failure, and registers the watches again. What was under way is forgotten, and
  /// transactions are gone.
  ///
  /// - Throws: `.cannotReconnect` if this xenstored does not offer it, `.timedOut` if it does not come
  ///   back; the watches are kept for the next try.
  public mutating func reconnect() throws(XenstoreError) {
    try beginReconnection()
    try wait(Self.patience) { !$0.isConnecting }
    for watch in session.inbox.watches { try register(watch.path, watch.token) }
  }
}
