// SPDX-License-Identifier: Apache-2.0

/// What an interface has carried since it was opened.
public struct NetStatistics: Equatable, Sendable {
  public internal(set) var received = NetCounts()
  public internal(set) var sent = NetCounts()
}

/// What went in one direction.
public struct NetCounts: Equatable, Sendable {
  /// Frames that were handed on: to the backend, or to the owner. One that is to be cut into segments is one.
  public internal(set) var packets: UInt64 = 0
  /// Their bytes.
  public internal(set) var bytes: UInt64 = 0
  /// Frames that the backend could not carry, or sent with something wrong about them.
  public internal(set) var errors: UInt64 = 0
  /// Frames that were lost otherwise: the backend dropped them or does not take their kind, there was no memory,
  /// or the connection ended before they were answered.
  public internal(set) var drops: UInt64 = 0

  mutating func count(_ bytes: Int) {
    packets &+= 1
    self.bytes &+= UInt64(bytes)
  }
}

/// What is known of a frame that was received.
public struct NetReceived: Equatable, Sendable {
  /// Whether nobody has to look if the checksum of UDP or TCP is right: the frame comes from this host, or somebody
  /// has looked.
  public internal(set) var isVerified: Bool
  /// Whether the field of that checksum has the sum of the pseudo-header only: who passes the frame on to another
  /// host completes it.
  public internal(set) var isBlank: Bool
  /// For TCP that somebody has put together, bytes of payload in a segment; else 0.
  public internal(set) var segmentSize = 0
}

/// What the backend is to do with a frame that is sent.
public struct NetOffload: Equatable, Sendable {
  /// Whether the checksum of UDP or TCP is to be completed; its field has the sum of the pseudo-header.
  public let isBlank: Bool
  /// For TCP that is to be cut, bytes of payload in a segment; else 0. It implies `isBlank`.
  public let segmentSize: UInt16
  /// Whether it is IPv6.
  public let isIPv6: Bool

  public init(isBlank: Bool = false, segmentSize: UInt16 = 0, isIPv6: Bool = false) {
    self.isBlank = isBlank || segmentSize > 0
    self.segmentSize = segmentSize
    self.isIPv6 = isIPv6
  }

  /// A frame that is sent as it is.
  public static var none: NetOffload { NetOffload() }
}
