// SPDX-License-Identifier: Apache-2.0

import CHostSystem
import Glibc
public import SystemPackage

/// A network interface of this machine's kernel, by its name.
public struct NetworkInterface: Sendable {
  public let name: String

  public init(name: String) { self.name = name }

  /// Where the kernel describes them all.
  private static let folder: FilePath = "/sys/class/net"

  private func path(_ rest: String) -> String { "\(Self.folder)/\(name)/\(rest)" }

  public var exists: Bool { access(path(""), F_OK) == 0 }

  /// Whether it is a bridge of the kernel's.
  public var isBridge: Bool { access(path("bridge"), F_OK) == 0 }

  /// The names of all bridges.
  public static var bridges: [String] {
    Directory.names(in: folder).sorted().filter { NetworkInterface(name: $0).isBridge }
  }

  /// Lets nobody reach this machine's own IPv6 through it.
  public func disableIPv6() {
    // There is no such file in a kernel without IPv6.
    let setting = open("/proc/sys/net/ipv6/conf/\(name)/disable_ipv6", O_WRONLY | O_CLOEXEC)
    guard setting >= 0 else { return }
    _ = write(setting, "1", 1)
    close(setting)
  }

  /// Brings it up. C name: `SIOCSIFFLAGS`.
  public func bringUp() throws(Errno) {
    guard pvh_bring_up_interface(name) == 0 else { throw Errno(rawValue: errno) }
  }

  /// Puts it into a bridge. C name: `SIOCBRADDIF`.
  public func join(bridge: String) throws(Errno) {
    guard pvh_add_to_bridge(bridge, name) == 0 else { throw Errno(rawValue: errno) }
  }

  /// The hardware address, six bytes, of the machine that has an address in the network of this interface; nil if
  /// this machine has not spoken to it there. C name: `SIOCGARP`.
  public func neighbour(_ address: InternetAddress) -> [UInt8]? {
    var octets = [UInt8](repeating: 0, count: 6)
    return pvh_hardware_address(name, address.rawValue, &octets) == 0 ? octets : nil
  }

  /// What has gone through it since it was made; nil if there is none of this name.
  public var counters: InterfaceCounters? {
    func count(_ name: String) -> Int? {
      let file = try? FileDescriptor.open(
        path("statistics/\(name)"), .readOnly, options: .closeOnExec)
      defer { try? file?.close() }
      guard let bytes = try? file?.readAll(limit: 64) else { return nil }
      return Int(String(decoding: bytes, as: UTF8.self).prefix { $0.isNumber })
    }
    guard let received = count("rx_bytes"), let sent = count("tx_bytes") else { return nil }
    return InterfaceCounters(
      receivedBytes: received, receivedPackets: count("rx_packets") ?? 0, sentBytes: sent,
      sentPackets: count("tx_packets") ?? 0,
      dropped: (count("rx_dropped") ?? 0) + (count("tx_dropped") ?? 0))
  }
}

/// What has gone through a network interface, from the side of the machine that has it.
public struct InterfaceCounters: Equatable, Sendable {
  public var receivedBytes: Int
  public var receivedPackets: Int
  public var sentBytes: Int
  public var sentPackets: Int
  /// Packets in either direction that were not passed on.
  public var dropped: Int
}
