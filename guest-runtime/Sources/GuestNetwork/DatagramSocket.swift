// SPDX-License-Identifier: Apache-2.0

import GuestConcurrency
public import GuestRuntime
public import NetStack
public import NetWire
import XenFrontends
import _Concurrency

/// A port of UDP.
public final class DatagramSocket: @unchecked Sendable {
  private let datagrams: DatagramPort
  private let network: Network

  init(_ datagrams: DatagramPort, _ network: Network) {
    self.datagrams = datagrams
    self.network = network
  }

  /// Its number.
  public var port: UInt16 { datagrams.number }
  /// Datagrams that were dropped because nobody took them.
  public var drops: Int { datagrams.drops }

  /// Takes the next datagram; waits for one if there is none.
  ///
  /// - Parameter limit: how many milliseconds to wait; nil for ever.
  /// - Returns: the datagram, and who sent it.
  /// - Throws: `GuestError` if the time is up, the socket was closed, or the task is cancelled.
  public func receive(withinMilliseconds limit: UInt64? = nil) async throws(GuestError) -> Datagram
  {
    let end = await Waiter.wait(atMost: limit) { [datagrams] in
      datagrams.isReadable || !datagrams.isOpen
    }
    if end == .cancelled { throw .cancelled }
    if let datagram = datagrams.take() { return datagram }
    guard datagrams.isOpen else { throw GuestError(.closed) }
    throw GuestError("no datagram has come to port \(port) for \(limit ?? 0) ms")
  }

  /// Sends a datagram. None tells whether it arrives.
  ///
  /// - Throws: `GuestError` if it is too large, there is no way to the receiver, the socket was closed, or the task
  ///   is cancelled.
  public func send(_ bytes: [UInt8], to receiver: NetEndpoint) async throws(GuestError) {
    let driver = network.driver
    let end = await Waiter.wait { driver.stack?.hasRoom(for: bytes.count) != false }
    if end == .cancelled { throw .cancelled }
    let stack = try driver.usableStack()
    do throws(DatagramError) {
      try stack.send(bytes, from: datagrams, to: receiver, now: .now)
    } catch {
      throw GuestError(error)
    }
  }

  /// Closes it: what waits for a datagram fails.
  public func close() { network.driver.stack?.close(datagrams) }
}

extension GuestText {
  /// An endpoint as text: `10.0.0.1:53`, or `[2001:db8::1]:53`.
  public init(_ endpoint: NetEndpoint) {
    switch endpoint.address {
    case .v4(let address): self = "\(address.text):\(endpoint.port)"
    case .v6(let address): self = "[\(address.text)]:\(endpoint.port)"
    }
  }
}
