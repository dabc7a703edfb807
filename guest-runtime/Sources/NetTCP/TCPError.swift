// SPDX-License-Identifier: Apache-2.0

import NetWire

/// Why a connection cannot be had, or ended before its time.
public enum TCPError: Error, Equatable, Sendable {
  /// Somebody here listens on the port already.
  case portInUse
  /// There are as many listeners as the limits allow.
  case tooManyListeners
  /// There are as many connections as the limits allow.
  case tooManyConnections
  /// No port is left from which to reach this peer.
  case noFreePort
  /// Nobody can have the address, or the port is 0.
  case unusableAddress
  /// The peer has nobody who listens on the port.
  case refused
  /// The peer ended the connection at once.
  case reset
  /// The peer did not answer for too long.
  case timedOut
  /// The peer did not answer for too long, and the network says that it cannot be reached.
  case unreachable
  /// It was ended at once on this side.
  case aborted
  /// This host has the connection's address no more.
  case addressLost
}

/// Where a connection is. Source: RFC 9293, section 3.3.2.
public enum TCPState: UInt8, Sendable {
  case closed
  case synSent
  case synReceived
  case established
  case finWait1
  case finWait2
  case closeWait
  case closing
  case lastAcknowledgment
  /// All is said. The host remembers for a while that the connection was, apart from this object.
  case timeWait

  /// Whether both sides know the other's first sequence number.
  var isSynchronized: Bool { rawValue >= TCPState.established.rawValue }
  /// Whether the peer may still send.
  var isReceiving: Bool { self == .established || self == .finWait1 || self == .finWait2 }
  /// Whether what is written is still sent.
  var isSending: Bool { self == .established || self == .closeWait }
}

/// The two ends of a connection.
struct TCPFlow: Equatable, Sendable {
  var local: NetEndpoint
  var remote: NetEndpoint

  /// A number that nobody foresees who does not know the secret.
  func hash(_ secret: (UInt64, UInt64), _ salt: UInt64) -> UInt64 {
    SecretNumbers.hash(
      secret, Self.words(local.address).0 ^ salt &* 0x9E37_79B9_7F4A_7C15,
      Self.words(local.address).1, Self.words(remote.address).0, Self.words(remote.address).1,
      UInt64(local.port) << 32 | UInt64(remote.port) << 16)
  }

  private static func words(_ address: IPAddress) -> (UInt64, UInt64) {
    switch address {
    case .v4(let address): (0xFFFF_0000_0000 | UInt64(address.rawValue), 0)
    case .v6(let address): (address.low, address.high)
    }
  }
}
