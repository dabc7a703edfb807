// SPDX-License-Identifier: Apache-2.0

/// How much a host keeps at most, and for how long. The defaults suit a guest of 8 MiB, of which they take at most
/// about 2.5 MiB: 1 MiB of buffers, another at most for the first 2 KiB of each buffer, and the tables.
/// `init(memory:)` fits the buffers to a guest.
public struct TCPLimits: Sendable {
  /// Connections at a time, with those that are only half open, without those in TIME-WAIT.
  public var connections = 256
  /// Connections that peers began and did not complete. Beyond that, SYN cookies take their place.
  public var halfOpen = 64
  /// Ports that somebody listens on.
  public var listeners = 16
  /// Records of connections in TIME-WAIT; the oldest makes room.
  public var timeWait = 256
  /// Bytes written and not acknowledged, for each connection.
  public var sendBuffer = 1 << 18
  /// Bytes received and not read, for each connection; that is the window, too.
  public var receiveBuffer = 1 << 18
  /// What both are at first. They grow when network, peer and application keep up, and memory is not scarce.
  public var firstBuffer = 65536
  /// Bytes of all buffers beyond the first 2 KiB of each.
  public var allBuffers = 1 << 20
  /// Pieces of what was received out of order, for each connection.
  public var pieces = 32
  /// Answers without a connection that wait to be sent.
  public var replies = 64
  /// RST segments in a second that answer what belongs to no connection.
  public var resetsPerSecond = 200
  /// ACK segments in a second, for each connection, that answer what does not fit.
  public var challengesPerSecond = 10

  /// How long an unanswered SYN is sent again; RFC 9293 wants three minutes.
  public var connectMilliseconds: UInt64 = 180_000
  /// How long a peer that began a connection has to complete it.
  public var halfOpenMilliseconds: UInt64 = 60_000
  /// How long what was sent is sent again without an answer, unless the connection says otherwise.
  public var userMilliseconds: UInt64 = 300_000
  /// How long a connection that nobody here has any more may wait for its peer.
  public var orphanMilliseconds: UInt64 = 60_000
  /// How long a connection is remembered.
  public var timeWaitMilliseconds: UInt64 = 60_000
  /// How long an acknowledgment may wait for company, less than 500.
  public var delayedMilliseconds: UInt64 = 40
  /// The shortest time after which something is sent again. RFC 6298 would have a second; on the links of guests, as
  /// in Linux, less is better.
  public var retransmissionMilliseconds: UInt64 = 200
  public var congestion = TCPCongestion.cubic

  public init() {}

  /// Limits whose buffers fit a guest.
  ///
  /// - Parameter memory: bytes of its heap, of which all buffers get an eighth.
  public init(memory: Int) {
    allBuffers = min(1 << 25, max(1 << 17, memory / 8))
    // One stream may have half, for a driver sends half a mebibyte at a time.
    var size = firstBuffer
    while size < 1 << 20, size * 2 <= allBuffers / 2 { size *= 2 }
    sendBuffer = size
    receiveBuffer = size
  }
}

/// How a sender learns what the network carries.
public enum TCPCongestion: Sendable {
  /// RFC 5681 and RFC 6582.
  case newReno
  /// RFC 9438.
  case cubic
}

/// What a host counted.
public struct TCPStatistics: Equatable, Sendable {
  public var segmentsReceived: UInt64 = 0
  public var segmentsSent: UInt64 = 0
  public var retransmissions: UInt64 = 0
  /// Segments that are cut, lie, or have a wrong checksum.
  public var malformed: UInt64 = 0
  public var resetsSent: UInt64 = 0
  public var challenges: UInt64 = 0
  public var cookiesSent: UInt64 = 0
  public var cookiesAccepted: UInt64 = 0
  /// What a full table or an empty budget made drop.
  public var dropped: UInt64 = 0
  public var opened: UInt64 = 0
  public var timeouts: UInt64 = 0

  public init() {}
}
