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
      ? [hypervisor, loaders, tools, privileges, xenstore, console] : [absence]
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

  /// Builders: hypercalls, whose form this program has for each version that it knows, and libxenlight,
  /// which is of the version that runs.
  private var loaders: Diagnosis {
    let topic = "loaders"
    guard let version else {
      return .optional(topic, "which of them serve is unknown without Xen's version")
    }
    guard XenRelease.versions.contains(version) else {
      return .broken(
        topic, "this pvh knows Xen \(XenRelease.range), and here is \(version)",
        remedy: "use a pvh that knows Xen \(version)")
    }
    let missing = ["libxenlight.so.\(version)", "libxlutil.so.\(version)"]
      .filter { !machine.hasLibrary($0) }
    guard missing.isEmpty else {
      return .optional(
        topic,
        "xenguest; libxl and configurations of xl want \(missing.joined(separator: ", "))",
        remedy: "apt-get install libxenmisc\(version)")
    }
    return .works(topic, "xenguest and libxl, Xen \(version)")
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
