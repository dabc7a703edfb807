// SPDX-License-Identifier: Apache-2.0

import XenDomainModel

/// What xenstore has of one disk: the guest's end, the backend's, and libxenlight's note of both, from which
/// `xl destroy` and `xl block-list` know of it.
///
/// Source: `docs/misc/xenstore-paths.pandoc` and `xen/include/public/io/blkif.h` in Xen's tree;
/// `libxl__disk_from_xenstore` in `tools/libs/light/libxl_disk.c`.
struct DiskNodes {
  /// The domain's number.
  let domain: String
  /// The disk's number.
  let device: String

  init(domain: String, name: DiskName) {
    (self.domain, device) = (domain, "\(name.number)")
  }

  /// For a disk that xenstore lists.
  init(domain: String, device: String) {
    (self.domain, self.device) = (domain, device)
  }

  /// Where the control domain describes its ends of disks.
  static let backends = "\(DomainNodes.home("0"))/backend/vbd"

  /// Where its kernel says what it could not do with them.
  static let complaints = "\(DomainNodes.home("0"))/error/backend/vbd"

  /// What libxenlight is to run when it removes a disk: the loop device goes by itself.
  static let script = "/bin/true"

  var frontend: String { "\(DomainNodes.home(domain))/device/vbd/\(device)" }
  var backend: String { "\(Self.backends)/\(domain)/\(device)" }
  var note: String { "\(DomainNodes.libxl(domain))/device/vbd/\(device)" }
  /// Where the path of the disk's file is, if libxenlight only knows the loop device.
  var origin: String { "\(note)/pvhkit-path" }
  var complaint: String { "\(Self.complaints)/\(domain)/\(device)" }

  /// The requests, in their order, for a disk whose block device has this number, in hexadecimal.
  ///
  /// A new node has the rights of the node above it. What concerns the control domain only comes
  /// before the guest may read its backend's folder; of its own end the guest owns the folder, and the
  /// state in it. The kernel looks at a backend when its state is there, which comes last.
  func requests(for disk: DomainDisk, deviceNumber: String) -> [NodeRequest] {
    let mode = disk.isReadOnly ? "r" : "w"
    return [
      .write("\(frontend)/backend", backend),
      .write("\(frontend)/backend-id", "0"),
      .write("\(frontend)/virtual-device", device),
      .write("\(frontend)/device-type", Self.kind),
      .letOwn(frontend),
      .write("\(frontend)/state", Self.initialising),
      .write("\(note)/frontend", frontend),
      .write("\(note)/backend", backend),
      .write("\(note)/params", disk.path),
      .write("\(note)/type", "phy"),
      .write("\(note)/dev", disk.name.description),
      .write("\(note)/removable", "0"),
      .write("\(note)/mode", mode),
      .write("\(note)/device-type", Self.kind),
      .write("\(backend)/frontend", frontend),
      .write("\(backend)/script", Self.script),
      .write("\(backend)/physical-device", deviceNumber),
      .letRead(backend),
      .write("\(backend)/frontend-id", domain),
      .write("\(backend)/dev", disk.name.description),
      .write("\(backend)/mode", mode),
      .write("\(backend)/online", "1"),
      .write("\(backend)/state", Self.initialising),
    ]
  }

  /// A domain's disks; nil if some are of libxenlight's making, which removes them all.
  static func all(of domain: String, in store: XenstoreConnection) throws(ToolstackError)
    -> [DiskNodes]?
  {
    let devices = try store.children(of: "\(DomainNodes.libxl(domain))/device/vbd")
    let all = devices.map { DiskNodes(domain: domain, device: $0) }
    let scripts = try store.ask(all.map { .read("\($0.backend)/script") })
    return scripts.allSatisfy { $0 == nil || $0 == Array(Self.script.utf8) } ? all : nil
  }

  /// Removes the folders that were made for a domain's disks, and those above them, if nothing is in them.
  ///
  /// Others may add disks at the same time: then they are left as they are.
  static func removeEmptyFolders(of domain: String, in store: XenstoreConnection)
    throws(ToolstackError)
  {
    let libxl = DomainNodes.libxl(domain)
    let home = DomainNodes.home("0")
    do throws(XenstoreFailure) {
      let transaction = try store.startTransaction()
      for (top, folders) in [
        (libxl, ["device", "vbd"]), (home, ["backend", "vbd", domain]),
        (home, ["error", "backend", "vbd", domain]),
      ] {
        var folders = folders[...]
        while !folders.isEmpty {
          let path = "\(top)/\(folders.joined(separator: "/"))"
          guard try store.children(of: path, in: transaction).isEmpty else { break }
          _ = store.answers(to: [.remove(path, in: transaction)])
          folders.removeLast()
        }
      }
      _ = try store.commit(transaction)
    } catch {
      throw ToolstackError(xenstoreCall: "removing empty folders of disks", error)
    }
  }

  /// What removes all of it.
  var removal: [XenstoreRequest] {
    [.remove(frontend), .remove(backend), .remove(note), .remove(complaint)]
  }

  /// What the guest finds: no CD-ROM.
  private static let kind = "disk"

  /// C name: `XenbusStateInitialising`.
  private static let initialising = "1"
}
