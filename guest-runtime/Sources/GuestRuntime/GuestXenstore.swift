// SPDX-License-Identifier: Apache-2.0

import XenFrontends
import XenstoreWire

/// The domain's view of xenstore, where it and its toolstack leave each other notes.
///
/// Paths are relative to the domain's own directory unless they begin with a slash; values are
/// bytes. A domain may write below `data`, and what its toolstack allows besides.
/// Every call waits some seconds at most; its error says what xenstored answered (`refusal`).
public struct GuestXenstore: Sendable {
  /// What all requests are part of.
  let transaction: XenstoreTransaction

  /// The store, outside of any transaction.
  init() { self.init(in: .none) }

  /// The store as a transaction sees it.
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
  static func take() throws(GuestError) -> XenstoreClient<XenHypercalls> {
    if let client = unsafe Machine.xenstore {
      unsafe Machine.xenstore = nil
      return client
    }
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
  static func putBack(_ client: XenstoreClient<XenHypercalls>) {
    unsafe Machine.xenstore = client
  }
}
