// SPDX-License-Identifier: Apache-2.0

import XenDomainModel

extension XLFile {
  /// The settings that have an effect.
  private static let understood: Set<String> = [
    "name", "type", "kernel", "ramdisk", "cmdline", "root", "extra", "memory", "maxmem", "vcpus",
    "maxvcpus", "tsc_mode", "on_poweroff", "on_reboot", "on_crash",
    "disk", "vif",
  ]

  /// The settings that give a domain other devices than disks and network interfaces: fine as long as they are empty.
  private static let devices: Set<String> = [
    "channel", "dtdev", "iomem", "ioports", "irqs", "p9", "pci", "pvcalls", "usbctrl",
    "usbdev", "vdispl", "vfb", "virtio", "vkb", "vsnd", "vtpm",
  ]

  /// Why settings are refused that somebody might expect to work.
  private static let reasons: [String: String] = [
    "builder": "is what xl had before type: write type = \"pvh\" in its place",
    "pvh": "is what xl had before type: write type = \"pvh\" in its place",
    "uuid":
      "cannot be chosen: pvh gives each domain a new identity, by which it finds it again; remove it",
    "bootloader": "would look for the image inside a disk: name the image, kernel = \"FILE\"",
    "firmware": "is for guests with firmware: name the image, kernel = \"FILE\"",
  ]

  /// Refuses domains of another type than PVH.
  func checkType() throws(ToolstackError) {
    switch try text("type") {
    case "pvh": return
    case let type?:
      throw bad("type", "is \"\(type)\": pvh makes PVH domains, \"pvh\"; use xl for others")
    case nil:
      for old in ["builder", "pvh"] {
        if try value(old) != nil { throw bad(old, Self.reasons[old] ?? "") }
      }
      throw ToolstackError(
        .badConfiguration,
        "\(name) does not say of which type the domain is, and xl would make a PV domain: add "
          + "type = \"pvh\"")
    }
  }

  /// Refuses other devices than disks and network interfaces, and what would have no effect.
  func checkNames() throws(ToolstackError) {
    var unknown: [(name: String, line: Int)] = []
    for key in names.all where !Self.understood.contains(key) {
      let value = try value(key)
      if Self.devices.contains(key) {
        guard value == nil || value == .list(0) else {
          throw bad(
            key,
            "gives the domain devices: such domains have disks and network interfaces only, use xl")
        }
      } else if value != nil {
        unknown.append((key, line(key) ?? 0))
      }
    }
    unknown.sort { $0.line < $1.line }
    guard let first = unknown.first else { return }
    if let reason = Self.reasons[first.name] { throw bad(first.name, reason) }
    let others = unknown.dropFirst().map { "\($0.name) on line \($0.line)" }
    throw bad(
      first.name,
      "is not a setting that pvh understands: remove it, or use xl"
        + (others.isEmpty ? "" : " (and so with \(others.joined(separator: ", ")))"))
  }

  /// The command line, and what does not get into it.
  func commandLine() throws(ToolstackError) -> (String?, remarks: [String]) {
    let parts = (try text("root"), try text("extra"))
    if let line = try text("cmdline") {
      let unused = [parts.0 == nil ? nil : "root", parts.1 == nil ? nil : "extra"]
        .compactMap(\.self)
      return (
        line,
        unused.map { "\(name):\(self.line($0) ?? 0): \($0) has no effect, as cmdline is given" }
      )
    }
    switch parts {
    case (let root?, let extra?): return ("root=\(root) \(extra)", [])
    case (let root?, nil): return ("root=\(root)", [])
    case (nil, let extra): return (extra, [])
    }
  }

  /// The memory, which xl counts in MiB.
  func memoryKiB() throws(ToolstackError) -> Int? {
    let range = 1...(DomainRules.memoryLimitKiB >> 10)
    let memory = try number("memory", range)
    let most = try number("maxmem", range)
    if let memory, let most, memory != most {
      throw bad(
        "maxmem",
        "is \(most) and memory \(memory): such a domain keeps the memory that it starts with; make "
          + "them equal")
    }
    return (memory ?? most).map { $0 << 10 }
  }

  /// The vCPUs, all of which are there from the start.
  func vcpuCount() throws(ToolstackError) -> Int? {
    let range = 1...DomainRules.vcpuLimit
    let count = try number("vcpus", range)
    if let most = try number("maxvcpus", range), most != count ?? 1 {
      throw bad(
        "maxvcpus",
        "is \(most) and vcpus \(count ?? 1): such a domain keeps the vCPUs that it starts with; make "
          + "them equal")
    }
    return count
  }

  /// Whether the guest reads the processor's own time-stamp counter; xl takes a number, too.
  func nativeTimestampCounter() throws(ToolstackError) -> Bool? {
    switch try text("tsc_mode") {
    case nil: return nil
    case "default", "0": return false
    case "native", "2": return true
    case let mode?:
      throw bad("tsc_mode", "is \"\(mode)\": pvh can do \"default\" and \"native\"")
    }
  }

  /// What is to become of the domain after an end of its guest.
  func endAction(_ key: String) throws(ToolstackError) -> OnEvent? {
    guard let text = try text(key) else { return nil }
    guard let action = OnEvent(rawValue: text) else {
      let known = OnEvent.allCases.map(\.rawValue).joined(separator: ", ")
      throw bad(key, "is \"\(text)\": xl knows \(known)")
    }
    guard [.destroy, .preserve, .restart].contains(action) else {
      throw bad(key, "is \"\(text)\": pvh can do \"destroy\", \"preserve\" and \"restart\"")
    }
    return action
  }
}
