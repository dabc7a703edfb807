// SPDX-License-Identifier: Apache-2.0

import XenstoreWire

/// A request that was sent, and its reply once it has come.
struct XenstoreExchange {
  let id: UInt32
  let operation: XenstoreOperation
  var reply: XenstoreMessage?
  /// Nobody waits any more; the reply, should it come, is dropped.
  var isAbandoned = false
}

/// Names a request of which the reply is still to be fetched.
public struct XenstoreRequest: Hashable, Sendable {
  let id: UInt32
}

/// Something changed at or below a watched node, or may have: look at it.
public struct XenstoreWatchEvent: Equatable, Sendable {
  /// The node that changed; relative if the watch was.
  public let path: [UInt8]
  /// The token of the watch.
  public let token: [UInt8]
}
