// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSystem
import XenDomainModel

/// The kernel's end of a disk, Linux's xen-blkback, as sysfs shows it.
struct BlockBackend {
  /// Milliseconds that the kernel may take to open or to let go of a disk.
  static let patience = 10_000

  let nodes: DiskNodes

  private var folder: String {
    "/sys/bus/xen-backend/devices/vbd-\(nodes.domain)-\(nodes.device)"
  }

  /// Waits until the kernel has opened the block device, after which nobody else need have it open.
  func waitUntilTaken(_ disk: DomainDisk, _ store: XenstoreConnection) throws(ToolstackError) {
    // The driver makes this file when it has opened the device.
    let sign = "\(folder)/physical_device"
    let isTaken = try wait {
      access(sign, F_OK) == 0
    } orThat: { () throws(ToolstackError) in
      try complaint(in: store) != nil
    }
    guard !isTaken else { return }
    let reason = try complaint(in: store)
    throw ToolstackError(
      .other,
      "the control domain's block backend does not take \(disk.path) as the disk \(disk.name): "
        + (reason ?? "no answer within \(Self.patience) ms; look at its kernel's log, dmesg"))
  }

  /// Waits until the kernel has closed the block device of a disk whose nodes are gone.
  func waitUntilReleased() throws(ToolstackError) {
    guard try !isReleased(within: Self.patience) else { return }
    throw ToolstackError(
      .other,
      "the disk \(nodes.device) of domain \(nodes.domain) is detached, but the control domain's kernel "
        + "still has it after \(Self.patience) ms: is its device stuck? look at dmesg")
  }

  /// Waits until the kernel has closed the block device; false if it has not in time.
  func isReleased(within patience: Int) throws(ToolstackError) -> Bool {
    try wait(patience) { access(folder, F_OK) != 0 }
  }

  /// What the kernel has written into xenstore instead of doing it.
  private func complaint(in store: XenstoreConnection) throws(ToolstackError) -> String? {
    try store.read("\(nodes.complaint)/error").map { String(decoding: $0, as: UTF8.self) }
  }

  /// Looks until something is so; false if it is not in time, or never will be.
  private func wait(
    _ patience: Int = Self.patience, until isSo: () -> Bool,
    orThat isHopeless: () throws(ToolstackError) -> Bool = { false }
  ) throws(ToolstackError) -> Bool {
    let deadline = MonotonicTime.now.adding(milliseconds: patience)
    // The kernel needs the processor that looking takes, hence ever longer pauses.
    var pause: UInt32 = 500
    while !isSo() {
      guard MonotonicTime.now < deadline else { return false }
      if pause > 20_000, try isHopeless() { return isSo() }
      usleep(pause)
      pause = min(2 * pause, 50_000)
    }
    return true
  }
}
