// SPDX-License-Identifier: Apache-2.0

import XenDomainModel

/// Where xenstore has one device of a domain: the guest's end, the control domain's, and libxenlight's note of
/// both, from which `xl destroy` and `xl block-list` know of it.
///
/// Source: `docs/misc/xenstore-paths.pandoc` in Xen's tree.
struct DeviceNodes: Equatable {
  /// The kinds of devices that the direct builder makes, by their names in xenstore.
  enum Kind: String, CaseIterable {
    case disk = "vbd"
    case interface = "vif"
  }

  let kind: Kind
  /// The domain's number.
  let domain: String
  /// The device's number.
  let device: String

  /// What libxenlight is to run when it removes a device: the direct builder does itself what there is
  /// to do.
  static let script = "/bin/true"

  /// C name: `XenbusStateInitialising`.
  static let initialising = "1"

  var frontend: String { "\(DomainNodes.home(domain))/device/\(kind.rawValue)/\(device)" }
  var backend: String {
    "\(DomainNodes.home("0"))/backend/\(kind.rawValue)/\(domain)/\(device)"
  }
  var note: String { "\(DomainNodes.libxl(domain))/device/\(kind.rawValue)/\(device)" }
  /// Where the control domain's kernel says what it could not do with it.
  var complaint: String {
    "\(DomainNodes.home("0"))/error/backend/\(kind.rawValue)/\(domain)/\(device)"
  }

  /// What removes all of it.
  var removal: [XenstoreRequest] {
    [.remove(frontend), .remove(backend), .remove(note), .remove(complaint)]
  }

  /// The devices of one kind that a domain has, whoever made them.
  static func all(_ kind: Kind, of domain: String, in store: XenstoreConnection)
    throws(ToolstackError) -> [DeviceNodes]
  {
    let devices = try store.children(of: "\(DomainNodes.libxl(domain))/device/\(kind.rawValue)")
    return devices.sorted { (Int($0) ?? 0, $0) < (Int($1) ?? 0, $1) }
      .map { DeviceNodes(kind: kind, domain: domain, device: $0) }
  }

  /// A domain's devices of some kinds; nil if some are of libxenlight's making, which removes them all.
  static func own(_ kinds: [Kind], of domain: String, in store: XenstoreConnection)
    throws(ToolstackError) -> [DeviceNodes]?
  {
    var all: [DeviceNodes] = []
    for kind in kinds { all += try self.all(kind, of: domain, in: store) }
    let scripts = try store.ask(all.map { .read("\($0.backend)/script") })
    return scripts.allSatisfy { $0 == nil || $0 == Array(Self.script.utf8) } ? all : nil
  }

  /// Removes what the kernel has written of devices of a domain that is gone, while it let go of them.
  static func removeRemains(of domain: String, in store: XenstoreConnection) throws(ToolstackError)
  {
    let home = DomainNodes.home("0")
    var remains: [(kind: Kind, path: String)] = []
    for kind in Kind.allCases {
      for folder in ["backend", "error/backend"] {
        remains.append((kind, "\(home)/\(folder)/\(kind.rawValue)/\(domain)"))
      }
    }
    let found = try store.ask(remains.map { .list($0.path) })
    let left = zip(remains, found).filter { $1 != nil }.map(\.0)
    guard !left.isEmpty else { return }
    try store.ask(left.map { .remove($0.path) })
    try removeEmptyFolders(Set(left.map(\.kind)), of: domain, in: store)
  }

  /// Removes the folders that were made for a domain's devices, and those above them, if nothing is in them.
  ///
  /// Others may add devices at the same time: then they are left as they are.
  static func removeEmptyFolders(
    _ kinds: Set<Kind>, of domain: String, in store: XenstoreConnection
  )
    throws(ToolstackError)
  {
    guard !kinds.isEmpty else { return }
    let libxl = DomainNodes.libxl(domain)
    let home = DomainNodes.home("0")
    do throws(XenstoreFailure) {
      let transaction = try store.startTransaction()
      for kind in kinds {
        for (top, folders) in [
          (libxl, ["device", kind.rawValue]), (home, ["backend", kind.rawValue, domain]),
          (home, ["error", "backend", kind.rawValue, domain]),
        ] {
          var folders = folders[...]
          while !folders.isEmpty {
            let path = "\(top)/\(folders.joined(separator: "/"))"
            guard try store.children(of: path, in: transaction).isEmpty else { break }
            _ = store.answers(to: [.remove(path, in: transaction)])
            folders.removeLast()
          }
        }
      }
      _ = try store.commit(transaction)
    } catch {
      throw ToolstackError(xenstoreCall: "removing empty folders of devices", error)
    }
  }
}
