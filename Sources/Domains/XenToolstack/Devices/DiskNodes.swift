// SPDX-License-Identifier: Apache-2.0

import XenDomainModel

/// What xenstore has of one disk.
///
/// Source: `xen/include/public/io/blkif.h` in Xen's tree; `libxl__disk_from_xenstore` in
/// `tools/libs/light/libxl_disk.c`.
struct DiskNodes {
  let device: DeviceNodes

  init(_ device: DeviceNodes) { self.device = device }

  init(domain: String, name: DiskName) {
    device = DeviceNodes(kind: .disk, domain: domain, device: "\(name.number)")
  }

  /// Where the path of the disk's file is, if libxenlight only knows the loop device.
  var origin: String { "\(device.note)/pvhkit-path" }

  /// The requests, in their order, for a disk whose block device has this number, in hexadecimal.
  ///
  /// A new node has the rights of the node above it. What concerns the control domain only comes
  /// before the guest may read its backend's folder; of its own end the guest owns the folder, and the
  /// state in it. The kernel looks at a backend when its state is there, which comes last.
  func requests(for disk: DomainDisk, deviceNumber: String) -> [NodeRequest] {
    let mode = disk.isReadOnly ? "r" : "w"
    let (frontend, backend, note) = (device.frontend, device.backend, device.note)
    return [
      .write("\(frontend)/backend", backend),
      .write("\(frontend)/backend-id", "0"),
      .write("\(frontend)/virtual-device", device.device),
      .write("\(frontend)/device-type", Self.kind),
      .letOwn(frontend),
      .write("\(frontend)/state", DeviceNodes.initialising),
      .write("\(note)/frontend", frontend),
      .write("\(note)/backend", backend),
      .write("\(note)/params", disk.path),
      .write("\(note)/type", "phy"),
      .write("\(note)/dev", disk.name.description),
      .write("\(note)/removable", "0"),
      .write("\(note)/mode", mode),
      .write("\(note)/device-type", Self.kind),
      .write("\(backend)/frontend", frontend),
      .write("\(backend)/script", DeviceNodes.script),
      .write("\(backend)/physical-device", deviceNumber),
      .letRead(backend),
      .write("\(backend)/frontend-id", device.domain),
      .write("\(backend)/dev", disk.name.description),
      .write("\(backend)/mode", mode),
      .write("\(backend)/online", "1"),
      .write("\(backend)/state", DeviceNodes.initialising),
    ]
  }

  /// What the guest finds: no CD-ROM.
  private static let kind = "disk"
}
