// SPDX-License-Identifier: Apache-2.0

import GuestConcurrency
public import GuestRuntime
// One import for an appliance with a network: addresses, datagrams and figures belong to it.
@_exported public import NetStack
@_exported public import NetWire
import XenFrontends
@_exported public import XenNet
import _Concurrency

/// A network interface of the domain, with an address.
///
/// The address is the one that was given with the domain, or that a DHCP server gives and may take. When the
/// backend goes away and comes back, nobody notices but by the time, and by what was lost meanwhile.
public struct Network: @unchecked Sendable {
  // There is one CPU, and nothing runs in the middle of a call.
  package let driver: NetworkDriver

  package init(_ driver: NetworkDriver) { self.driver = driver }

  // MARK: What it is like

  /// Which interface it is: `device/vif/0` has number 0.
  public var number: Int { driver.number }
  /// The address of the guest; the last one that it had while it has none.
  public var address: IPv4Address { driver.address }
  /// Address, network, gateway and name servers; nil while a DHCP server has taken the address back, or another
  /// station claims it.
  public var configuration: IPv4Configuration? { driver.stack?.configuration }
  /// The address of the interface on its link.
  public var hardwareAddress: EthernetAddress? { driver.frontend.details?.address }
  /// Bytes of a packet at most.
  public var mtu: Int { driver.stack?.mtu ?? 1500 }
  /// How the interface is doing.
  public var state: NetState { driver.frontend.state }
  /// What the interface has carried.
  public var statistics: NetStatistics { driver.frontend.statistics }
  /// What was dropped above the interface.
  public var counters: NetCounters { driver.stack?.counters ?? NetCounters() }

  // MARK: What it does

  /// Opens a port of UDP.
  ///
  /// - Parameter port: which one; 0 for one that is free.
  /// - Returns: the socket.
  /// - Throws: `GuestError` if the port is in use, or too many are open.
  public func openDatagrams(on port: UInt16 = 0) throws(GuestError) -> DatagramSocket {
    let stack = try driver.usableStack()
    do throws(DatagramError) {
      return DatagramSocket(try stack.openPort(port), self)
    } catch {
      throw GuestError(error)
    }
  }

  /// The addresses of a host.
  ///
  /// - Parameter name: a name like `www.example.org`, or an address as text.
  /// - Returns: one address at least.
  /// - Throws: `GuestError` if there is no such name, no name server is known or answers, or the task is cancelled.
  public func addresses(of name: GuestText) async throws(GuestError) -> [IPv4Address] {
    if let address = IPv4Address(name.bytes) { return [address] }
    return try await answers(for: name, .ipv4).compactMap {
      if case .v4(let address) = $0 { address } else { nil }
    }
  }

  /// Closes the interface for good; what waits on it fails.
  public func close() { driver.close() }
}

extension GuestError {
  /// Why a datagram cannot be sent, or no port be opened.
  package init(_ error: DatagramError) {
    switch error {
    case .noAddress: self.init("the network interface has no address now")
    case .noRoute(.v4(let address)):
      self.init(
        "there is no way to \(address.text): it is on another network, and no gateway is known")
    case .noRoute(.v6):
      self.init("there is no way to an IPv6 address: no router is known, or IPv6 is not enabled")
    case .tooLarge(let count):
      self.init("a datagram has at most \(NetStack.datagramLimit) bytes, not \(count)")
    case .portInUse(let port): self.init("port \(port) is in use")
    case .tooManyPorts: self.init("\(NetStack.portLimit) ports are open: there are no more")
    case .closed: self.init("the port was closed")
    }
  }
}
