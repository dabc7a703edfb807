// SPDX-License-Identifier: Apache-2.0

public import XenDomainModel

/// Disks of domains that exist, whoever made them.
extension ControlDomain {
  /// Milliseconds that a guest may take to let go of a disk.
  private static var detachPatience: Int { 10_000 }

  /// Gives a domain another disk, of which `content` is the content if it is no file with a name.
  public func attach(_ disk: DomainDisk, content: ImageFile? = nil, to domain: Domain)
    throws(ToolstackError)
  {
    if let fault = DomainRules.fault(disks: [disk]) {
      throw ToolstackError(.badConfiguration, fault)
    }
    guard try state(of: domain).isAlive else {
      throw ToolstackError(
        .badConfiguration, "the guest of domain \(domain.id) has ended: it takes no more disks")
    }
    try KernelModule.blockBackend.load()
    let backing = try DiskBacking(disk, content: content)
    let nodes = DiskNodes(domain: "\(domain.id)", name: disk.name)
    let requests = nodes.requests(for: disk, deviceNumber: backing.number)
    try inTransaction("attaching \(disk.name)") { transaction throws(ToolstackError) in
      guard try store.ask([.read("\(nodes.device.note)/backend", in: transaction)])[0] == nil else {
        throw ToolstackError(
          .badConfiguration,
          "domain \(domain.id) has \(disk.name) already: give the disk another name, or detach that one"
        )
      }
      try store.ask(requests.map { $0.message(about: domain.id, in: transaction) })
    }
    do throws(ToolstackError) {
      try BlockBackend(nodes: nodes).waitUntilTaken(disk, store)
    } catch {
      _ = store.answers(to: nodes.device.removal)
      try? DeviceNodes.removeEmptyFolders([.disk], of: nodes.device.domain, in: store)
      throw error
    }
  }

  /// Takes a disk away from a domain: its guest is asked to let go of it, unless that is to be `forced`.
  public func detach(_ name: DiskName, from domain: Domain, forced: Bool) throws(ToolstackError) {
    let nodes = DiskNodes(domain: "\(domain.id)", name: name)
    let found = try store.ask([
      .read("\(nodes.device.note)/backend"), .read("\(nodes.device.backend)/script"),
      .read("\(nodes.device.note)/params"), .read("\(nodes.device.frontend)/state"),
    ]).map { $0.map { String(decoding: $0, as: UTF8.self) } }
    guard found[0] != nil else {
      throw ToolstackError(
        .badConfiguration,
        "domain \(domain.id) has no disk \(name): pvh disk list \(domain.id) shows what it has")
    }
    // The loop device of a file that xl attached goes by a script of xl's.
    guard found[1] == DeviceNodes.script || found[2]?.hasPrefix("/dev/") == true else {
      throw ToolstackError(
        .badConfiguration,
        "xl gave domain \(domain.id) its disk \(name): xl block-detach \(domain.id) \(name)")
    }
    let backend = KernelBackend(nodes: nodes.device)
    // A guest that never looked at it has nothing to let go of.
    if !forced, let state = found[3], state != "1" {
      try inTransaction("detaching \(name)") { transaction throws(ToolstackError) in
        let state = XenstoreRequest.read("\(nodes.device.backend)/state", in: transaction)
        // Written to, a backend that is gone meanwhile would come into being again.
        guard try store.ask([state])[0] != nil else { return }
        try store.ask([
          .write("\(nodes.device.backend)/online", "0", in: transaction),
          .write("\(nodes.device.backend)/state", "5", in: transaction),
        ])
      }
      guard try backend.isReleased(within: Self.detachPatience) else {
        throw ToolstackError(
          .other,
          "the guest of domain \(domain.id) was asked to let go of \(name), and has not within "
            + "\(Self.detachPatience) ms: it may still use it; --force takes it away")
      }
    }
    try store.ask(nodes.device.removal)
    try backend.waitUntilReleased()
    // The kernel may have been about to write down what it knows of the disk.
    try store.ask(nodes.device.removal)
    try DeviceNodes.removeEmptyFolders([.disk], of: nodes.device.domain, in: store)
  }

  /// The disks that a domain has.
  public func disks(of domain: Domain) throws(ToolstackError) -> [AttachedDisk] {
    let number = "\(domain.id)"
    var disks: [AttachedDisk] = []
    for device in try DeviceNodes.all(.disk, of: number, in: store) {
      let nodes = DiskNodes(device)
      let found = try store.ask([
        .read("\(nodes.device.note)/dev"), .read("\(nodes.device.note)/params"),
        .read("\(nodes.device.note)/mode"),
        .read("\(nodes.device.backend)/state"), .read("\(nodes.device.backend)/sectors"),
        .read(nodes.origin),
      ]).map { $0.map { String(decoding: $0, as: UTF8.self) } }
      disks.append(
        AttachedDisk(
          name: found[0] ?? device.device, path: found[5] ?? found[1] ?? "",
          isReadOnly: found[2] == "r", isConnected: found[3] == "4",
          // Sectors of 512 bytes, whatever the guest takes them for.
          byteCount: found[4].flatMap(Int.init).map {
            $0.multipliedReportingOverflow(by: 512).partialValue
          }))
    }
    return disks
  }
}

/// A disk as it is in a domain.
public struct AttachedDisk: Equatable, Sendable {
  /// What the guest knows it by.
  public var name: String
  /// The path of its file or block device.
  public var path: String
  public var isReadOnly: Bool
  /// Whether the guest uses it.
  public var isConnected: Bool
  /// Its size, once the guest uses it.
  public var byteCount: Int?
}
