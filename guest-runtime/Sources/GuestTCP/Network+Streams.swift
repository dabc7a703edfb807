// SPDX-License-Identifier: Apache-2.0

import GuestConcurrency
// One import for an appliance with a network.
@_exported public import GuestNetwork
public import GuestRuntime
import NetStack
import NetTCP
public import NetWire
import XenFrontends
public import _Concurrency

extension Network {
  /// Opens a port for connections.
  ///
  /// - Parameters:
  ///   - port: 1 to 65535.
  ///   - backlog: connections that wait to be accepted, at most.
  /// - Returns: what accepts them.
  /// - Throws: `GuestError` if the port is in use, or the interface has no address.
  public func listen(on port: UInt16, backlog: Int = 64) throws(GuestError) -> StreamListener {
    let host = try tcp()
    do throws(TCPError) {
      return StreamListener(try host.listen(on: port, backlog: backlog))
    } catch {
      throw GuestError(error, NetEndpoint(.v4(address), port: port))
    }
  }

  /// Connects to a host.
  ///
  /// - Parameters:
  ///   - name: a name, or an address as text.
  ///   - port: where it listens.
  ///   - limit: how long to try, in milliseconds.
  /// - Returns: the connection.
  /// - Throws: `GuestError` if there is no such host, nobody listens there or answers in time, or the task is
  ///   cancelled.
  public func connect(
    to name: GuestText, port: UInt16, withinMilliseconds limit: UInt64 = 30_000
  ) async throws(GuestError) -> TCPStream {
    let addresses = try await hosts(of: name)
    return try await connect(
      to: NetEndpoint(addresses[0], port: port), withinMilliseconds: limit)
  }

  /// Connects to an endpoint; as with a name.
  ///
  /// - Throws: `GuestError` as that does.
  public func connect(
    to peer: NetEndpoint, withinMilliseconds limit: UInt64 = 30_000
  ) async throws(GuestError) -> TCPStream {
    let host = try tcp()
    let connection: TCPConnection
    guard let source = driver.stack?.source(for: peer.address, now: .now) else {
      throw GuestError(driver.stack?.layer == nil ? .noRoute(peer.address) : .noAddress)
    }
    do throws(TCPError) {
      connection = try host.connect(to: peer, from: source, now: .now)
    } catch {
      throw GuestError(error, peer)
    }
    let end = await Waiter.wait(atMost: limit) {
      connection.state != .synSent && connection.state != .synReceived
    }
    if let failure = connection.failure { throw GuestError(failure, peer) }
    guard end == .ready else {
      connection.abort()
      throw end == .cancelled
        ? .cancelled : GuestError("\(GuestText(peer)) does not answer within \(limit) ms")
    }
    return TCPStream(connection)
  }

  /// TCP of the interface, which has an address.
  ///
  /// - Throws: `GuestError` if it has none, or there is no entropy.
  private func tcp() throws(GuestError) -> TCPHost {
    let stack = try driver.usableStack()
    if let transport = stack.transport(.tcp) {
      // There is no other class for TCP.
      return unsafe unsafeDowncast(transport, to: TCPTransport.self).host
    }
    let transport = TCPTransport(
      TCPHost(
        secret: try NetworkDriver.newSecret(),
        limits: TCPLimits(memory: GuestMemory().heap.capacity)))
    stack.add(transport)
    return transport.host
  }
}

/// A port on which others open connections: `for await stream in listener { … }`.
public final class StreamListener: AsyncSequence, @unchecked Sendable {
  private let listener: TCPListener

  init(_ listener: TCPListener) { self.listener = listener }

  deinit { listener.close() }

  /// Its number.
  public var port: UInt16 { listener.port }

  /// Takes the next connection; waits for one if there is none.
  ///
  /// - Throws: `GuestError` if the listener was closed, or the task is cancelled.
  public func accept() async throws(GuestError) -> TCPStream {
    guard let stream = try await next() else {
      throw GuestError("port \(port) accepts no more connections: it was closed")
    }
    return stream
  }

  /// The next connection; nil when the listener was closed.
  fileprivate func next() async throws(GuestError) -> TCPStream? {
    while true {
      let end = await Waiter.wait { [listener] in listener.isReady || listener.isClosed }
      if end == .cancelled { throw .cancelled }
      guard let connection = listener.accept() else {
        if listener.isClosed { return nil }
        continue
      }
      return TCPStream(connection)
    }
  }

  /// Accepts nothing more.
  public func close() { listener.close() }

  public func makeAsyncIterator() -> Iterator { Iterator(listener: self) }

  /// The connections one after the other.
  public struct Iterator: AsyncIteratorProtocol {
    let listener: StreamListener

    /// The next connection; nil when the listener was closed, or the task is cancelled.
    public func next() async -> TCPStream? { (try? await listener.next()) ?? nil }
  }
}
