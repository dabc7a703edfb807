// SPDX-License-Identifier: Apache-2.0

import GuestConcurrency
import GuestNetwork
public import GuestRuntime
import NetStack
@_exported public import NetTCP
public import NetWire
import XenFrontends
import _Concurrency

/// A connection of TCP: a stream of bytes each way. One task may read while another writes.
///
/// It ends when both sides have said so; whoever gives it up closes it, also by dropping the last reference.
public final class TCPStream: @unchecked Sendable {
  // There is one CPU, and nothing runs in the middle of a call.
  private let connection: TCPConnection
  private var isClosed = false

  init(_ connection: TCPConnection) {
    self.connection = connection
    connection.noDelay = true
    connection.keepalive = .attentive
  }

  deinit { connection.close() }

  /// The other end.
  public var peer: NetEndpoint { connection.remote }
  /// Our end.
  public var local: NetEndpoint { connection.local }
  /// How the connection is.
  public var state: TCPState { connection.state }
  /// Whether small segments are sent at once, not with what is written next (Nagle). A stream begins with true.
  public var sendsAtOnce: Bool {
    get { connection.noDelay }
    set { connection.noDelay = newValue }
  }
  /// Whether a peer that is silent is asked now and then whether it is still there; nil if not. A stream begins with
  /// `TCPKeepalive.attentive`.
  public var keepalive: TCPKeepalive? {
    get { connection.keepalive }
    set { connection.keepalive = newValue }
  }
  /// For how many milliseconds what was written is sent again without an answer, before the connection ends.
  public var patience: UInt64 {
    get { connection.userTimeout }
    set { connection.userTimeout = newValue }
  }
  /// How networks treat what is sent: DSCP in its upper six bits. Source: RFC 2474.
  public var trafficClass: UInt8 {
    get { connection.trafficClass }
    set { connection.trafficClass = newValue }
  }

  /// The next bytes of the peer; waits for some if there are none.
  ///
  /// - Parameters:
  ///   - count: how many at most.
  ///   - limit: how many milliseconds to wait; nil for ever.
  /// - Returns: none at the end of what the peer sends.
  /// - Throws: `GuestError` if the connection breaks, the time is up, or the task is cancelled.
  public func read(
    atMost count: Int = 65_536, withinMilliseconds limit: UInt64? = nil
  ) async throws(GuestError) -> [UInt8] {
    let end = await Waiter.wait(atMost: limit) { [self] in
      connection.isReadable || connection.isAtEnd || isClosed
    }
    if end == .cancelled { throw .cancelled }
    try checkOpen()
    if connection.isReadable { return connection.read(atMost: count) }
    if let failure = connection.failure { throw GuestError(failure, peer) }
    guard connection.isAtEnd else {
      throw GuestError("\(GuestText(peer)) has sent nothing for \(limit ?? 0) ms")
    }
    return []
  }

  /// Writes bytes, as there is room for them: what was taken is sent, and sent again until the peer has it.
  ///
  /// - Parameters:
  ///   - bytes: all of them are taken, unless it throws.
  ///   - limit: how many milliseconds to wait for room each time; nil for as long as the connection lives.
  /// - Throws: `GuestError` if the connection breaks or was finished, the peer does not read in time, or the task is
  ///   cancelled.
  public func write(
    _ bytes: [UInt8], withinMilliseconds limit: UInt64? = nil
  ) async throws(GuestError) {
    try checkOpen()
    var written = connection.write(bytes)
    while written < bytes.count {
      let rest = bytes.count - written
      let end = await Waiter.wait(atMost: limit) { [connection] in
        connection.isWorthWriting(rest) || !connection.takesBytes
      }
      if end == .cancelled { throw .cancelled }
      if let failure = connection.failure { throw GuestError(failure, peer) }
      guard connection.takesBytes else {
        throw GuestError("the connection to \(GuestText(peer)) was finished on this side")
      }
      guard connection.isWritable else {
        throw GuestError("\(GuestText(peer)) has read nothing for \(limit ?? 0) ms")
      }
      written += connection.write(bytes, from: written)
    }
  }

  /// Says that nothing more is written; the peer may go on.
  public func finish() { connection.finish() }

  /// Waits until the peer has all that was written; false when the time is up.
  ///
  /// - Throws: `GuestError` if the connection breaks, or the task is cancelled.
  public func drain(withinMilliseconds limit: UInt64) async throws(GuestError) -> Bool {
    let end = await Waiter.wait(atMost: limit) { [connection] in
      connection.unacknowledgedCount == 0 || connection.isOver
    }
    if end == .cancelled { throw .cancelled }
    if let failure = connection.failure { throw GuestError(failure, peer) }
    return connection.unacknowledgedCount == 0
  }

  /// Gives it up: what was written is still sent, and what the peer sends is refused. Calls that wait fail.
  public func close() {
    isClosed = true
    connection.close()
  }

  private func checkOpen() throws(GuestError) {
    if isClosed { throw GuestError("the connection to \(GuestText(peer)) was closed on this side") }
  }

  /// Ends it at once: the peer is told, and what was written is lost.
  public func abort() { connection.abort() }
}

extension GuestError {
  /// Why a connection to a peer is not, or is no more.
  init(_ error: TCPError, _ peer: NetEndpoint) {
    let name = GuestText(peer)
    switch error {
    case .portInUse: self.init("port \(peer.port) is in use")
    case .tooManyListeners: self.init("too many ports are open: there are no more")
    case .tooManyConnections: self.init("too many connections: there is none left for \(name)")
    case .noFreePort: self.init("too many connections to \(name): no port is left for another one")
    case .unusableAddress: self.init("nobody can be at \(name)")
    case .refused: self.init("nobody listens at \(name)")
    case .reset: self.init("\(name) has ended the connection")
    case .timedOut: self.init("\(name) does not answer")
    case .unreachable: self.init("\(name) cannot be reached")
    case .aborted: self.init("the connection to \(name) was ended on this side")
    case .addressLost:
      self.init("the network interface has lost the address of the connection to \(name)")
    }
  }
}
