// SPDX-License-Identifier: Apache-2.0

public import XenRings
public import XenstoreWire

/// Why a xenstore request has no result.
public enum XenstoreError: Error, Equatable, Sendable {
  /// xenstored made no progress within the client's patience.
  case timedOut
  /// xenstored answered with an error; nil where its name was not kept.
  case refused(XenstoreErrorName?)
  /// The request has so many bytes, more than xenstored takes.
  case tooLong(Int)
  /// As many requests are under way as xenstored serves at a time.
  case tooManyRequests
  /// The request is not under way: its reply was taken, it was abandoned, or the connection was
  /// made anew meanwhile.
  case forgotten
  /// Others changed the same nodes each time that the transaction was tried.
  case conflicts
  /// xenstored's ring indices are impossible.
  case ring(RingError)
  /// xenstored sent what the protocol does not allow.
  case wire(WireError)
  /// xenstored answered a request with a reply to another kind of request, or with nonsense.
  case malformedReply(XenstoreOperation)
  /// xenstored stopped serving this domain. C names: `XENSTORE_ERROR_*`.
  case serverStopped(UInt32)
  /// This xenstored cannot take up a connection anew.
  case cannotReconnect
}
