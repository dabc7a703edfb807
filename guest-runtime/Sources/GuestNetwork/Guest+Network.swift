// SPDX-License-Identifier: Apache-2.0

import ByteText
@_exported public import GuestConcurrency
import GuestDevices
public import GuestRuntime
import NetStack
import NetWire
import XenABI
import XenDevices
import XenFrontends
import XenNet
import XenstoreWire
import _Concurrency

extension Guest {
  /// Opens a network interface, and lets other tasks run until it has an address. One that is open already is the
  /// same one.
  ///
  /// The address is what the command line says with `ip=ADDRESS/LENGTH[,gw=ADDRESS][,dns=ADDRESS]`, or `ip1=` for
  /// interface 1; else what the toolstack gave (`pvh run --net ip=…`); else it comes from a DHCP server.
  ///
  /// - Parameters:
  ///   - number: which interface: `device/vif/0` is 0; nil for the first that there is.
  ///   - limit: how long to wait for backend and address, in milliseconds.
  /// - Returns: the interface, with an address.
  /// - Throws: `GuestError` if there is no such interface, the settings make no sense, nobody gives an address in
  ///   time, another station has it, or the task is cancelled.
  public borrowing func openNetwork(
    _ number: Int? = nil, withinMilliseconds limit: UInt64 = 30_000
  ) async throws(GuestError) -> Network {
    let driver = try await findNetwork(number, limit)
    let end = await Waiter.wait(atMost: limit) { driver.isSettled }
    if end == .cancelled { throw .cancelled }
    try driver.check(limit)
    return Network(driver)
  }

  /// The driver of an interface, which may be no further than its beginning.
  package borrowing func findNetwork(
    _ number: Int?, _ limit: UInt64
  ) async throws(GuestError) -> NetworkDriver {
    let all = try xenstore.children(of: "device/vif").compactMap { $0.decimalValue }
      .compactMap { Int(exactly: $0) }.sorted()
    guard let number = number ?? all.first else {
      throw GuestError("this domain has no network interface (pvh run --net gives it one)")
    }
    guard all.contains(number) else {
      throw GuestError("there is no network interface \(number): this domain has \(all.count)")
    }
    if let driver = OpenNetworks.driver(number) {
      guard driver.frontend.state == .closed else { return driver }
      // One that is being closed still writes the nodes.
      let end = await Waiter.wait(atMost: limit) { driver.isClosed }
      if end == .cancelled { throw .cancelled }
      guard end == .ready else {
        throw GuestError(
          "network interface \(number): it is being closed, and the backend does not let go of it")
      }
      return try await findNetwork(number, limit)
    }
    let driver = NetworkDriver(
      number, pageLimit: min(256, memory.heap.capacity / PageLayout.size / 8),
      settings: try settings(of: number), xenstore: xenstore, secret: try NetworkDriver.newSecret())
    driver.commandLine = commandLine
    OpenNetworks.add(driver)
    DriverPump.start(for: driver)
    return driver
  }

  /// What the command line says of an interface's address.
  private borrowing func settings(of number: Int) throws(GuestError) -> AddressSettings? {
    let first: GuestText = "ip="
    let numbered: GuestText = "ip\(number)="
    for word in commandLine.split(separator: 0x20) {
      let word = Array(word)
      // With colons `ip6=` is an address of IPv6, of interface 0.
      if number == 6, word.contains(0x3A) { continue }
      for key in [numbered.bytes] + (number == 0 ? [first.bytes] : []) where word.starts(with: key)
      {
        do throws(AddressSettings.Mistake) {
          return try AddressSettings(Array(word.dropFirst(key.count)))
        } catch {
          throw GuestError(
            "the command line says \(word): \"\(error.part)\" is wrong; say ip=10.0.0.2/24,gw=10.0.0.1,dns=10.0.0.1, or ip=dhcp"
          )
        }
      }
    }
    return nil
  }
}

/// The interfaces that are open: each has one driver.
private enum OpenNetworks {
  nonisolated(unsafe) private static var drivers: [NetworkDriver] = []

  static func driver(_ number: Int) -> NetworkDriver? {
    unsafe drivers.removeAll { $0.isClosed }
    return unsafe drivers.first { $0.number == number }
  }

  static func add(_ driver: NetworkDriver) { unsafe drivers.append(driver) }
}
