// SPDX-License-Identifier: Apache-2.0

import XenFrontends
import XenstoreWire

/// The domain's view of xenstore, through which it and its toolstack exchange values.
///
/// Paths are relative to the domain's own directory unless they begin with a slash; values are
/// bytes. A domain may write below `data`, and what its toolstack allows besides.
/// Every call waits some seconds at most; its error says what xenstored answered (`refusal`).
public struct GuestXenstore: Sendable {
  let transaction: XenstoreTransaction

  init() { self.init(in: .none) }

  init(in transaction: XenstoreTransaction) { self.transaction = transaction }

  /// Does something with the client, and says what went wrong with which node.
  func perform<Result>(
    _ action: StaticString, _ path: GuestText,
    _ body: (inout XenstoreClient<XenHypercalls>, [UInt8]) throws(XenstoreError) -> Result
  ) throws(GuestError) -> Result {
    var client = try Self.take()
    // Taken out while it is changed, so that there are never two of it.
    defer { Self.putBack(client) }
    do throws(XenstoreError) {
      return try body(&client, path.bytes)
    } catch {
      throw GuestError(error, action, path)
    }
  }

  /// Takes the client out of its place; the first time it is made.
  @inline(never)
  static func take() throws(GuestError) -> XenstoreClient<XenHypercalls> {
    // Moved: drivers look with each wake-up, and a copy would count references of all its parts.
    if let client = unsafe Machine.xenstore.take() { return client }
    guard var client = XenPages.xenstore() else {
      throw GuestError("this domain has no xenstore page")
    }
    do throws(XenstoreError) {
      // What an earlier user of the page left must not come to us.
      try client.reset()
    } catch {
      throw GuestError("xenstore: \(GuestText(error))")
    }
    unsafe Machine.settleXenstore = { unsafe Machine.xenstore?.settle() }
    return client
  }

  /// Puts the client back into its place.
  static func putBack(_ client: consuming XenstoreClient<XenHypercalls>) {
    unsafe Machine.xenstore = client
  }
}

extension GuestXenstore {
  /// Does all of `body` or none of it, and again, ten times at most, when others have changed the
  /// same nodes.
  ///
  /// - Parameter body: is given the store as the transaction sees it. Its error gives all up.
  /// - Returns: what `body` returned the last time.
  /// - Throws: what `body` throws, or `GuestError` if xenstored refuses or does not answer.
  public func transaction<Result>(
    _ body: (GuestXenstore) throws(GuestError) -> Result
  ) throws(GuestError) -> Result {
    var given: GuestError?
    do throws(GuestError) {
      return try perform("a transaction", "") { client, _ throws(XenstoreError) in
        try client.transaction { client, transaction throws(XenstoreError) in
          given = nil
          // The body finds the client where it always is.
          Self.putBack(client)
          defer { if let used = try? Self.take() { client = used } }
          do throws(GuestError) {
            return try body(GuestXenstore(in: transaction))
          } catch {
            given = error
            throw .refused(error.refusal == .again ? .again : nil)
          }
        }
      }
    } catch {
      throw given ?? error
    }
  }

  /// Asks for events about a node and those below it; the first comes at once.
  ///
  /// - Throws: `GuestError` if xenstored refuses or does not answer.
  public func watch(_ path: GuestText) throws(GuestError) {
    try perform("watching", path) { client, path throws(XenstoreError) in
      try client.watch(path, token: path)
    }
  }

  /// Takes a watch back; what it has brought already stays.
  ///
  /// - Throws: `GuestError` if there is no such watch, or xenstored does not answer.
  public func unwatch(_ path: GuestText) throws(GuestError) {
    try perform("watching no more", path) { client, path throws(XenstoreError) in
      try client.unwatch(path, token: path)
    }
  }

  /// The path of a watched node that may have changed; nil when the time is up.
  ///
  /// It says only where to look: several changes may come as one, one may come without a cause, and
  /// when too many come at once the watched node stands for those below it.
  /// The guest sleeps until then, without a timer tick.
  ///
  /// - Throws: `GuestError` if the connection has failed.
  public func nextChange(withinMilliseconds limit: UInt64) throws(GuestError) -> [UInt8]? {
    try perform("waiting for a change", "") { client, _ throws(XenstoreError) in
      try client.nextEvent(atMost: limit)?.path
    }
  }

  /// Why nothing works any more, because xenstored broke the protocol or stopped serving this
  /// domain; nil as long as it works. It stays so until `reconnect`.
  public var failure: GuestText? { unsafe Machine.xenstore?.failure.map { GuestText($0) } }

  /// Reconnects, and registers the watches again; transactions are gone.
  ///
  /// - Throws: `GuestError` if this xenstored does not offer that, or does not come back.
  public func reconnect() throws(GuestError) {
    try perform("reconnecting", "") { client, _ throws(XenstoreError) in
      try client.reconnect()
    }
  }
}
