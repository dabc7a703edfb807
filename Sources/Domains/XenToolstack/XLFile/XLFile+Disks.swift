// SPDX-License-Identifier: Apache-2.0

import CXenLight
import XenDomainModel

extension XLFile {
  /// The disks, in all the forms that xl takes. Source: xl-disk-configuration(5).
  func disks() throws(ToolstackError) -> [DomainDisk] {
    guard let value = try value("disk") else { return [] }
    guard case .list(let count) = value else {
      throw bad("disk", "is no list: write disk = [ \"...\" ]")
    }
    var disks: [DomainDisk] = []
    for text in try texts(ofList: "disk", count: count) { disks.append(try disk(text)) }
    if let fault = DomainRules.fault(disks: disks) { throw bad("disk", "cannot be: \(fault)") }
    return disks
  }

  private func disk(_ text: String) throws(ToolstackError) -> DomainDisk {
    var parsed = pvh_xldisk()
    let (isTaken, complaints) = parseDisk(text, into: &parsed)
    defer { pvh_xldisk_free(&parsed) }
    guard isTaken else {
      throw ToolstackError(
        .badConfiguration,
        "\(name):\(line("disk") ?? 0): disk has \"\(text)\", which xl does not take",
        log: complaints)
    }
    func refuse(_ fact: String) -> ToolstackError {
      bad("disk", "has \"\(text)\", which \(fact)")
    }
    guard !parsed.is_cdrom else { throw refuse("is a CD-ROM: such domains have disks only") }
    guard parsed.format == LIBXL_DISK_FORMAT_RAW else {
      throw refuse("is no raw file or block device: convert it, qemu-img convert -O raw, or use xl")
    }
    guard [LIBXL_DISK_BACKEND_UNKNOWN, LIBXL_DISK_BACKEND_PHY].contains(parsed.backend),
      parsed.script == nil, parsed.backend_domain == nil
    else {
      throw refuse("wants another backend than the control domain's kernel: remove that, or use xl")
    }
    guard let path = parsed.path.map({ String(cString: $0) }), !path.isEmpty else {
      throw refuse("names no file: add target=FILE")
    }
    guard let word = parsed.name.map({ String(cString: $0) }) else {
      throw refuse("has no name for the guest: add vdev=xvda")
    }
    guard let disk = DiskName(word) else {
      throw refuse("cannot be: \(DomainRules.fault(diskName: word))")
    }
    return DomainDisk(path: path, name: disk, isReadOnly: !parsed.is_writable)
  }
}
