// SPDX-License-Identifier: Apache-2.0

import Glibc
import XenDomainModel

/// The kernel's end of a disk, Linux's xen-blkback.
struct BlockBackend {
  let nodes: DiskNodes

  private var kernel: KernelBackend { KernelBackend(nodes: nodes.device) }

  /// Waits until the kernel has opened the block device, after which nobody else need have it open.
  func waitUntilTaken(_ disk: DomainDisk, _ store: XenstoreConnection) throws(ToolstackError) {
    // The driver makes this file when it has opened the device.
    let sign = "\(kernel.folder)/physical_device"
    let isTaken = try kernel.wait { () throws(ToolstackError) in
      access(sign, F_OK) == 0
    } orThat: { () throws(ToolstackError) in
      try kernel.complaint(in: store) != nil
    }
    guard !isTaken else { return }
    let reason = try kernel.complaint(in: store)
    throw ToolstackError(
      .other,
      "the control domain's block backend does not take \(disk.path) as the disk \(disk.name): "
        + (reason
          ?? "no answer within \(KernelBackend.patience) ms; look at its kernel's log, dmesg"))
  }
}
