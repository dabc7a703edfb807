// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSystem
import SystemPackage
import XenDomainModel

/// The kernel's end of a network interface, Linux's xen-netback, and its place in a bridge.
struct NetworkBackend {
  /// C name: `XenbusStateInitWait`: the backend has said what it can do, and waits for the guest.
  private static let waiting = Array("2".utf8)

  let nodes: InterfaceNodes

  private var kernel: KernelBackend { KernelBackend(nodes: nodes.device) }

  /// Waits until the kernel has made its end, and puts it into the bridge.
  func join(_ bridge: String, _ store: XenstoreConnection) throws(ToolstackError) {
    let interface = NetworkInterface(name: nodes.interfaceName)
    let isThere = try kernel.wait { () throws(ToolstackError) in
      interface.exists
    } orThat: { () throws(ToolstackError) in
      try kernel.complaint(in: store) != nil
    }
    guard isThere else { throw try failure("does not make \(interface.name)", store) }
    interface.disableIPv6()
    let call = "putting \(interface.name) into the bridge \(bridge)"
    try ToolstackError.explaining(call) { () throws(Errno) in
      try interface.join(bridge: bridge)
      try interface.bringUp()
    }
    let isWaiting = try kernel.wait { () throws(ToolstackError) in
      try store.read("\(nodes.device.backend)/state") == Self.waiting
    } orThat: { () throws(ToolstackError) in
      try kernel.complaint(in: store) != nil
    }
    guard isWaiting else { throw try failure("is not ready for \(interface.name)", store) }
    try store.write(nodes.hotplugStatus, "connected")
  }

  private func failure(_ fact: String, _ store: XenstoreConnection) throws(ToolstackError)
    -> ToolstackError
  {
    let reason = try kernel.complaint(in: store)
    return ToolstackError(
      .other,
      "the control domain's network backend \(fact): "
        + (reason
          ?? "no answer within \(KernelBackend.patience) ms; look at its kernel's log, dmesg"))
  }
}

/// What interfaces need of the control domain, before there is a domain for them.
enum ControlDomainNetwork {
  /// The program that brings a bridge up when it is wanted first: a lab has it, other control domains have their
  /// bridges from the start.
  static let starter = "/etc/xen/scripts/pvhkit-network"

  /// Sees to it that there are a backend for interfaces and their bridges.
  static func prepare(for interfaces: [DomainInterface]) throws(ToolstackError) {
    guard !interfaces.isEmpty else { return }
    try KernelModule.networkBackend.load()
    for bridge in Set(interfaces.map(\.bridge)).sorted() {
      if NetworkInterface(name: bridge).isBridge { continue }
      if access(starter, X_OK) == 0, var child = try? ChildProcess(FilePath(starter), [bridge]) {
        _ = child.wait()
      }
      guard !NetworkInterface(name: bridge).isBridge else { continue }
      throw missing(bridge)
    }
  }

  private static func missing(_ bridge: String) -> ToolstackError {
    let exists = NetworkInterface(name: bridge).exists
    let others = NetworkInterface.bridges
    return ToolstackError(
      .badConfiguration,
      (exists
        ? "\(bridge) is in the control domain, but no bridge of its kernel"
        : "the control domain has no bridge \(bridge)")
        + ": "
        + (others.isEmpty
          ? "make one there (ip link add \(bridge) type bridge; ip link set \(bridge) up)"
          : "use one that it has (\(others.joined(separator: ", ")))"))
  }
}
