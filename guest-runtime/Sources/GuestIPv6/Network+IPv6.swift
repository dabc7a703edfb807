// SPDX-License-Identifier: Apache-2.0

import GuestConcurrency
@_exported public import GuestNetwork
public import GuestRuntime
@_exported public import NetIPv6
import NetStack
public import NetWire
import XenFrontends
import _Concurrency

extension Network {
  /// Begins with IPv6; nothing happens if it has begun. Addresses are what the command line says with
  /// `ip6=ADDRESS/LENGTH[,gw=ADDRESS][,dns=ADDRESS]`, or `ip6-1=` for interface 1; else what routers say.
  ///
  /// Ports, listeners and names are for both from now on. Addresses are written to xenstore, `attr/vif/N/ipv6`.
  ///
  /// - Throws: `GuestError` if the settings make no sense, the interface has no address, packets are too small, or there
  ///   is no entropy.
  public func enableIPv6() throws(GuestError) {
    try driver.beginIPv6(try driver.usableStack())
  }

  /// The addresses by which hosts of other links reach this guest; empty while there are none, or IPv6 is not enabled.
  public var ipv6Addresses: [IPv6Address] { driver.ipv6?.globalAddresses ?? [] }

  /// All addresses of IPv6, with how far they are; first that for hosts of the link.
  public var ipv6State: [OwnAddress] { driver.ipv6?.addresses ?? [] }

  /// Waits for an address by which hosts of other links reach this guest.
  ///
  /// - Parameter limit: how long, in milliseconds.
  /// - Returns: the first.
  /// - Throws: `GuestError` if IPv6 is not enabled, no router gives an address in time, another station has it, or the
  ///   task is cancelled.
  public func ipv6Address(
    withinMilliseconds limit: UInt64 = 30_000
  ) async throws(GuestError) -> IPv6Address {
    guard let layer = driver.ipv6 else {
      throw GuestError("network interface \(number): IPv6 is not enabled")
    }
    let driver = driver
    let end = await Waiter.wait(atMost: limit) {
      !layer.globalAddresses.isEmpty || layer.isRefused || driver.isClosed
    }
    if end == .cancelled { throw .cancelled }
    if let address = layer.globalAddresses.first { return address }
    if driver.isClosed { throw GuestError("network interface \(number): it was closed") }
    if layer.isRefused, let rival = layer.rival {
      throw GuestError(
        "network interface \(number): its IPv6 address is taken: station \(rival.text) has it")
    }
    throw GuestError(
      "network interface \(number): no router has given an IPv6 address within \(limit) ms (ip6=… on the command line gives one)"
    )
  }

  /// The IPv6 addresses of a host.
  ///
  /// - Parameter name: a name like `www.example.org`, or an address as text.
  /// - Returns: one address at least.
  /// - Throws: `GuestError` if there is no such name, no name server is known or answers, or the task is cancelled.
  public func ipv6Addresses(of name: GuestText) async throws(GuestError) -> [IPv6Address] {
    if let address = IPv6Address(name.bytes) { return [address] }
    return try await answers(for: name, .ipv6).compactMap {
      if case .v6(let address) = $0 { address } else { nil }
    }
  }
}

extension Guest {
  /// Opens a network interface with IPv6, and lets other tasks run until it has an address by which hosts of other
  /// links reach it. That of IPv4 comes when it comes: there may be none.
  ///
  /// - Parameters:
  ///   - number: which interface: `device/vif/0` is 0; nil for the first that there is.
  ///   - limit: how long to wait for the backend, and then for an address, in milliseconds.
  /// - Returns: the interface.
  /// - Throws: `GuestError` as `openNetwork` and `ipv6Address` do.
  public borrowing func openIPv6Network(
    _ number: Int? = nil, withinMilliseconds limit: UInt64 = 30_000
  ) async throws(GuestError) -> Network {
    let driver = try await findNetwork(number, limit)
    let end = await Waiter.wait(atMost: limit) { driver.stack != nil || driver.isSettled }
    if end == .cancelled { throw .cancelled }
    guard let stack = driver.stack, !driver.isClosed else {
      throw GuestError(
        "network interface \(driver.number): the backend was not there within \(limit) ms")
    }
    try driver.beginIPv6(stack)
    let network = Network(driver)
    _ = try await network.ipv6Address(withinMilliseconds: limit)
    return network
  }
}
