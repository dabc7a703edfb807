// SPDX-License-Identifier: Apache-2.0

public import XenRings
public import XenstoreWire

/// Why a xenstore request has no result.
public enum XenstoreError: Error, Equatable, Sendable {
  /// xenstored made no progress within the client's patience.
  case timedOut
  /// xenstored answered with an error.
  case refused
  /// xenstored's ring indices are impossible.
  case ring(RingError)
  /// xenstored sent what the protocol does not allow.
  case wire(WireError)
}
