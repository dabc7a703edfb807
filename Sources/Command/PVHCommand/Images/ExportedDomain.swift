// SPDX-License-Identifier: Apache-2.0

import AgentProtocol
import PVHDoctor
import PVHImage
import SystemPackage
import XenDomainModel

/// A domain as other launchers are told about it.
struct ExportedDomain {
  /// What it is to be.
  let domain: DomainConfiguration
  /// The image's absolute path.
  let kernel: String
  /// The modules' absolute paths.
  let modules: [String]
  /// What was said of the counter, the loader and the guest's end, which others have defaults for.
  let timestampCounter: TimestampCounter?
  let loader: DomainLoader?
  let restart: RestartPolicy
  /// What was said of the disks, some of which is for pvh only.
  let disks: [DiskSpec]
  /// What was said of the interfaces: an address by chance is for one domain only.
  let interfaces: [InterfaceSpec]

  init(_ image: PVHImage, _ spec: DomainSpec, force: Bool) throws(Problem) {
    let path = try Folder.resolved(FilePath(image.file))
    kernel = path.string
    modules = try (spec.modules ?? []).map { module throws(Problem) in
      try Folder.resolved(FilePath(module)).string
    }
    timestampCounter = spec.timestampCounter
    loader = spec.loader
    restart = spec.restart ?? .never
    var name = spec.name ?? RunFiles.domainName(from: path)
    if spec.name == nil, case .present(let manifest) = image.manifest {
      name = manifest.name
    }
    try Self.check(name, "name")
    var domain = try spec.settled(for: image, named: name, ModulePack(spec), force: force)
    for index in domain.disks.indices {
      domain.disks[index].path = try Folder.resolved(FilePath(domain.disks[index].path)).string
      try Self.check(domain.disks[index].path, "path of a disk")
    }
    self.domain = domain
    disks = spec.disks ?? []
    interfaces = spec.interfaces ?? []
    try Self.check(domain.commandLine, "command line")
  }

  /// Refuses what has no form in XML; a manifest may have anything in its texts.
  private static func check(_ text: String, _ what: String) throws(Problem) {
    let strange = text.unicodeScalars.first { $0.value < 0x20 && $0 != "\n" && $0 != "\t" }
    guard let strange else { return }
    throw Problem(
      "the \(what) has the control character \(hex(strange.value)) in it, which cannot be exported; "
        + "give another: \(what == "name" ? "--name" : "--cmdline")", status: .usage)
  }
}

extension ExportedDomain {
  var memory: MemoryAmount { MemoryAmount(kibibytes: domain.memoryKiB) }

  /// What xl and libvirt are to do after a crash, and when the guest asks for a reboot, which the supervisor of
  /// guests that are started again always grants.
  private var endAction: String { restart == .never ? "destroy" : "restart" }

  /// A file for `xl create`. Source: `docs/man/xl.cfg.5.pod.in` in Xen's tree.
  var xlConfiguration: String {
    var lines = [
      "name = \(Self.xlText(domain.name))", "type = \"pvh\"", "kernel = \(Self.xlText(kernel))",
      "memory = \(memory.mebibytes)", "maxmem = \(memory.mebibytes)",
      "vcpus = \(domain.vcpuCount)",
    ]
    if let module = modules.first { lines.append("ramdisk = \(Self.xlText(module))") }
    if !domain.commandLine.isEmpty {
      lines.append("cmdline = \(Self.xlText(domain.commandLine))")
    }
    if !domain.disks.isEmpty {
      let disks = domain.disks.map { disk in
        // The target comes last: it goes on to the end, whatever is in it.
        Self.xlText(
          "format=raw,vdev=\(disk.name),access=\(disk.isReadOnly ? "ro" : "rw"),target=\(disk.path)"
        )
      }
      lines.append("disk = [ \(disks.joined(separator: ", ")) ]")
    }
    if !interfaces.isEmpty {
      let vifs = interfaces.map { interface in
        let words = [
          "bridge=\(interface.bridge ?? DomainInterface.usualBridge)",
          interface.mac.map { "mac=\($0)" }, interface.address.map { "ip=\($0)" },
        ]
        return Self.xlText(words.compactMap(\.self).joined(separator: ","))
      }
      lines.append("vif = [ \(vifs.joined(separator: ", ")) ]")
    }
    if let timestampCounter { lines.append("tsc_mode = \"\(timestampCounter.rawValue)\"") }
    if restart == .always { lines.append("on_poweroff = \"restart\"") }
    return (lines + ["on_crash = \"\(endAction)\"", "on_reboot = \"\(endAction)\""])
      .map { "\($0)\n" }.joined()
  }

  /// A string between quotes; xl's numeric escapes do not work (`xlu__cfgl_dequote`).
  private static func xlText(_ text: String) -> String {
    let escaped = text.unicodeScalars.map { scalar in
      switch scalar {
      case "\\": "\\\\"
      case "\"": "\\\""
      case "\n": "\\n"
      default: String(scalar)
      }
    }
    return "\"\(escaped.joined())\""
  }

  /// A file for `virsh define`. Source: libvirt's "Domain XML format", Xen's driver.
  var libvirtDocument: String {
    var lines = [
      "<domain type='xen'>", "  <name>\(Self.xmlText(domain.name))</name>",
      "  <memory unit='MiB'>\(memory.mebibytes)</memory>",
      "  <vcpu>\(domain.vcpuCount)</vcpu>", "  <os>",
      "    <type arch='x86_64' machine='xenpvh'>xenpvh</type>",
      "    <kernel>\(Self.xmlText(kernel))</kernel>",
    ]
    if let module = modules.first { lines.append("    <initrd>\(Self.xmlText(module))</initrd>") }
    if !domain.commandLine.isEmpty {
      lines.append("    <cmdline>\(Self.xmlText(domain.commandLine))</cmdline>")
    }
    lines.append("  </os>")
    if timestampCounter == .native {
      lines += ["  <clock offset='utc'>", "    <timer name='tsc' mode='native'/>", "  </clock>"]
    }
    lines += [
      "  <on_poweroff>\(restart == .always ? "restart" : "destroy")</on_poweroff>",
      "  <on_reboot>\(endAction)</on_reboot>", "  <on_crash>\(endAction)</on_crash>",
      "  <devices>",
    ]
    lines += domain.disks.flatMap(Self.libvirtDisk)
    lines += interfaces.flatMap(Self.libvirtInterface)
    lines += [
      "    <console type='pty'>",
      "      <target type='xen' port='0'/>", "    </console>", "  </devices>", "</domain>",
    ]
    return lines.map { "\($0)\n" }.joined()
  }

  /// A disk, which to libvirt is a device or a file.
  private static func libvirtDisk(_ disk: DomainDisk) -> [String] {
    let isDevice = disk.path.utf8.starts(with: "/dev/".utf8)
    let kind = isDevice ? ("block", "dev") : ("file", "file")
    return [
      "    <disk type='\(kind.0)' device='disk'>", "      <driver name='phy' type='raw'/>",
      "      <source \(kind.1)='\(xmlText(disk.path))'/>",
      "      <target dev='\(disk.name)' bus='xen'/>",
    ] + (disk.isReadOnly ? ["      <readonly/>"] : []) + ["    </disk>"]
  }

  private static func libvirtInterface(_ interface: InterfaceSpec) -> [String] {
    let bridge = interface.bridge ?? DomainInterface.usualBridge
    var lines = ["    <interface type='bridge'>", "      <source bridge='\(xmlText(bridge))'/>"]
    if let mac = interface.mac { lines.append("      <mac address='\(mac)'/>") }
    if let address = interface.address {
      lines.append("      <ip address='\(address.address)' prefix='\(address.prefixLength)'/>")
    }
    return lines + ["    </interface>"]
  }

  private static func xmlText(_ text: String) -> String {
    text.unicodeScalars.map { scalar in
      switch scalar {
      case "&": "&amp;"
      case "<": "&lt;"
      case ">": "&gt;"
      case "'": "&apos;"
      default: String(scalar)
      }
    }.joined()
  }

  /// A command line for a shell, with KVM where this machine's processor has what it takes.
  var qemuCommand: String {
    let canUseKVM = LocalHost(agent: nil, kit: nil).virtualisation != nil
    var words = [
      "qemu-system-x86_64", "-machine", "q35,accel=\(canUseKVM ? "kvm:" : "")tcg", "-m",
      "\(memory.mebibytes)",
      "-smp", "\(domain.vcpuCount)", "-nographic", "-no-reboot", "-kernel", Self.shellWord(kernel),
    ]
    if let module = modules.first { words += ["-initrd", Self.shellWord(module)] }
    if !domain.commandLine.isEmpty { words += ["-append", Self.shellWord(domain.commandLine)] }
    return words.joined(separator: " ") + "\n"
  }

  private static func shellWord(_ text: String) -> String {
    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''")
      + "'"
  }
}
