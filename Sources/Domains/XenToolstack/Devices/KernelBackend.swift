// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSystem
import SystemPackage
import XenDomainModel

/// The end of a device that the control domain's kernel has, as sysfs shows it.
struct KernelBackend {
  /// Milliseconds that the kernel may take to open or to let go of a device.
  static let patience = 10_000

  let nodes: DeviceNodes

  var folder: String {
    "/sys/bus/xen-backend/devices/\(nodes.kind.rawValue)-\(nodes.domain)-\(nodes.device)"
  }

  /// Waits until the kernel has let go of a device whose nodes are gone.
  func waitUntilReleased() throws(ToolstackError) {
    guard try !isReleased(within: Self.patience) else { return }
    let noun =
      switch nodes.kind {
      case .disk: "disk"
      case .interface: "network interface"
      }
    throw ToolstackError(
      .other,
      "the \(noun) \(nodes.device) of domain \(nodes.domain) is detached, but the control domain's kernel "
        + "still has it after \(Self.patience) ms: is its device stuck? look at dmesg")
  }

  /// Waits until the kernel has let go of a device; false if it has not in time.
  func isReleased(within patience: Int) throws(ToolstackError) -> Bool {
    try wait(patience) { () throws(ToolstackError) in access(folder, F_OK) != 0 }
  }

  /// What the kernel has written into xenstore instead of doing it.
  func complaint(in store: XenstoreConnection) throws(ToolstackError) -> String? {
    try store.read("\(nodes.complaint)/error").map { String(decoding: $0, as: UTF8.self) }
  }

  /// Looks until something is so; false if it is not in time, or never will be.
  func wait(
    _ patience: Int = Self.patience, until isSo: () throws(ToolstackError) -> Bool,
    orThat isHopeless: () throws(ToolstackError) -> Bool = { false }
  ) throws(ToolstackError) -> Bool {
    let deadline = MonotonicTime.now.adding(milliseconds: patience)
    // The kernel needs the processor that looking takes, hence ever longer pauses.
    var pause: UInt32 = 500
    while try !isSo() {
      guard MonotonicTime.now < deadline else { return false }
      if pause > 20_000, try isHopeless() { return try isSo() }
      usleep(pause)
      pause = min(2 * pause, 50_000)
    }
    return true
  }
}

/// A part of the control domain's kernel that devices need, loaded when it is wanted first.
struct KernelModule {
  /// The file that says that it is there.
  let sign: String
  let name: String
  let purpose: String

  static let loopDevices = KernelModule(
    sign: "/dev/loop-control", name: "loop", purpose: "loop devices")
  static let blockBackend = KernelModule(
    sign: "/sys/bus/xen-backend/drivers/vbd", name: "xen-blkback", purpose: "block backend")
  static let networkBackend = KernelModule(
    sign: "/sys/bus/xen-backend/drivers/vif", name: "xen-netback", purpose: "network backend")

  /// Loads it unless it is there.
  func load() throws(ToolstackError) {
    guard access(sign, F_OK) != 0 else { return }
    // What it says is of no more use than that the sign is not there afterwards.
    if var child = try? ChildProcess("/sbin/modprobe", ["-q", name]) { _ = child.wait() }
    guard access(sign, F_OK) == 0 else {
      throw ToolstackError(
        .other,
        "the control domain has no \(purpose): modprobe \(name) there (its kernel may have been built "
          + "without it)")
    }
  }
}
