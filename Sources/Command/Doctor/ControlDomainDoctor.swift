// SPDX-License-Identifier: Apache-2.0

import SystemPackage
import XenLab

/// Looks whether this machine controls a Xen, and whether domains can be made in it.
struct ControlDomainDoctor<Probe: HostProbe> {
  /// Whether it controls a Xen.
  let isControlDomain: Bool
  private let machine: Probe

  init(_ machine: Probe) {
    self.machine = machine
    // Source: Linux, `drivers/xen/xenfs/super.c`.
    isControlDomain = machine.text("/proc/xen/capabilities")?.contains("control_d") == true
  }

  var diagnoses: [Diagnosis] {
    isControlDomain
      ? [hypervisor, libraries, tools, privileges, xenstore, console] : [absence]
  }

  private var absence: Diagnosis {
    let topic = "control domain"
    guard word("/sys/hypervisor/type") == "xen" else {
      return .optional(topic, "no Xen here; guests run in the lab")
    }
    guard word("/sys/hypervisor/uuid") == "00000000-0000-0000-0000-000000000000" else {
      return .optional(topic, "this machine is itself a guest of Xen; guests run in the lab")
    }
    return .broken(
      topic, "Xen is here, but /proc/xen is empty", remedy: "mount -t xenfs xenfs /proc/xen")
  }

  /// Source: Linux, `drivers/xen/sys-hypervisor.c`.
  private var version: String? {
    guard let major = word("/sys/hypervisor/version/major"),
      let minor = word("/sys/hypervisor/version/minor")
    else { return nil }
    return "\(major).\(minor)"
  }

  private var hypervisor: Diagnosis {
    guard let version else {
      return .broken(
        "control domain", "the kernel does not say which Xen this is",
        remedy: "use a kernel with CONFIG_XEN_SYS_HYPERVISOR, and mount /sys")
    }
    let extra = word("/sys/hypervisor/version/extra") ?? ""
    return .works("control domain", "of Xen \(version)\(extra)")
  }

  /// libxl's interface, and the hypercalls behind it, change with each version of Xen.
  private var libraries: Diagnosis {
    let topic = "Xen libraries"
    let linked = XenRelease.debian12.version
    if let version, version != linked {
      return .broken(
        topic, "this pvh is linked against those of Xen \(linked), and here is Xen \(version)",
        remedy: "build pvh where libxen-dev is of Xen \(version)")
    }
    let missing = ["libxenlight.so.\(linked)", "libxlutil.so.\(linked)"]
      .filter { !machine.hasLibrary($0) }
    guard missing.isEmpty else {
      return .broken(
        topic, "missing: \(missing.joined(separator: ", "))",
        remedy: "apt-get install libxenmisc\(linked)")
    }
    return .works(topic, linked)
  }

  private var tools: Diagnosis {
    guard let xl = machine.program("xl") else {
      return .optional(
        "xl", "not in PATH; pvh does without", remedy: "apt-get install xen-utils-common")
    }
    return .works("xl", xl.string)
  }

  private var privileges: Diagnosis {
    let device: FilePath = "/dev/xen/privcmd"
    switch machine.refusal(device) {
    case nil: return .works("privileges", "\(device) opens")
    case .noSuchFileOrDirectory?:
      return .broken(
        "privileges", "there is no \(device)", remedy: "modprobe xen-privcmd")
    case let refusal?:
      return .broken(
        "privileges", "\(device): \(refusal)", remedy: "run pvh as root: sudo pvh …")
    }
  }

  private var xenstore: Diagnosis {
    let daemons = machine.runningPrograms.intersection(XenstoreDaemon.allCases.map(\.rawValue))
    guard let daemon = daemons.first else {
      return .broken(
        "xenstore", "neither xenstored nor oxenstored runs",
        remedy: "start Xen's daemons: /etc/init.d/xen start")
    }
    return .works("xenstore", "\(daemon) runs")
  }

  private var console: Diagnosis {
    guard machine.runningPrograms.contains("xenconsoled") else {
      return .broken(
        "consoles", "xenconsoled does not run, and domains wait for it",
        remedy: "start Xen's daemons: /etc/init.d/xen start")
    }
    return .works("consoles", "xenconsoled runs")
  }

  /// A file of one word.
  private func word(_ path: FilePath) -> String? {
    machine.text(path)?.split(whereSeparator: \.isWhitespace).first.map(String.init)
  }
}
