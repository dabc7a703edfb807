// SPDX-License-Identifier: Apache-2.0

import SystemPackage
import XenLab

/// Looks whether a lab can be restored, or prepared.
struct LabDoctor<Probe: HostProbe> {
  private let machine: Probe
  private let templates: [(daemon: XenstoreDaemon, state: TemplateState)]

  init(_ machine: Probe) {
    self.machine = machine
    templates = XenstoreDaemon.allCases.map { ($0, machine.template($0)) }
  }

  var diagnoses: [Diagnosis] {
    [agent, qemu, memory, tools, disk] + templates.map { template($0.daemon, $0.state) }
  }

  /// Whether there is a template for the daemon that commands ask for.
  private var isPrepared: Bool {
    templates.contains {
      if case .usable = $0.state { $0.daemon == machine.chosenDaemon } else { false }
    }
  }

  private var agent: Diagnosis {
    guard let agent = machine.agent else {
      return .broken(
        "agent", "pvh-agent is not beside pvh",
        remedy: "swift build -c release --static-swift-stdlib --product pvh-agent")
    }
    return .works("agent", agent.string)
  }

  private var qemu: Diagnosis {
    guard let path = machine.program("qemu-system-x86_64") else {
      return .broken(
        "QEMU", "qemu-system-x86_64 is not in PATH", remedy: "apt-get install qemu-system-x86")
    }
    let prefix = "QEMU emulator version "
    guard
      let line = machine.output("qemu-system-x86_64", ["--version"])?.split(separator: "\n").first,
      line.hasPrefix(prefix)
    else {
      return .broken(
        "QEMU", "\(path) does not say its version",
        remedy: "apt-get install --reinstall qemu-system-x86")
    }
    return .works("QEMU", String(line.dropFirst(prefix.count)))
  }

  /// What a lab takes when it works: dom0's 512 MiB, Xen, and QEMU itself.
  private static var neededMemory: Int { 700_000_000 }

  private var memory: Diagnosis {
    // Source: Linux, `Documentation/filesystems/proc.rst`: kibibytes.
    let line = machine.text("/proc/meminfo")?.split(separator: "\n")
      .first { $0.hasPrefix("MemAvailable:") }
    guard let available = line?.split(separator: " ").compactMap({ Int($0) }).first else {
      return .optional("memory", "/proc/meminfo does not say how much is available")
    }
    let text = "\(Self.megabytes(available * 1024)) available"
    guard available * 1024 >= Self.neededMemory else {
      return .broken(
        "memory", "\(text), a lab takes up to \(Self.megabytes(Self.neededMemory))",
        remedy: "end other programs, or add swap space")
    }
    return .works("memory", text)
  }

  /// What only a preparation needs is optional once that is done.
  private var tools: Diagnosis {
    let needed = [
      ("apt-get", "apt"), ("apt-cache", "apt"), ("dpkg-deb", "dpkg"), ("gzip", "gzip"),
      ("xz", "xz-utils"),
    ]
    let missing = needed.filter { machine.program($0.0) == nil }
    guard !missing.isEmpty else { return .works("tools", needed.map(\.0).joined(separator: ", ")) }
    let packages = Set(missing.map(\.1)).sorted().joined(separator: " ")
    return preparation(
      "tools", "not in PATH: \(missing.map(\.0).joined(separator: ", "))",
      remedy: "apt-get install \(packages)")
  }

  private var disk: Diagnosis {
    let free = machine.freeCacheBytes
    let needed = LabCache.preparationSize
    let text = "\(Self.megabytes(free)) free at \(machine.cache)"
    guard free >= needed else {
      return preparation(
        "disk", "\(text), a preparation takes \(Self.megabytes(needed))",
        remedy: "make room, or point XDG_CACHE_HOME to another file system")
    }
    return .works("disk", text)
  }

  private func template(_ daemon: XenstoreDaemon, _ state: TemplateState) -> Diagnosis {
    let topic = "template, \(daemon)"
    switch state {
    case .usable(let text): return .works(topic, text)
    case .unusable(let reason):
      let remedy = LabError.preparation(of: machine.chosenXen, daemon)
      return daemon == machine.chosenDaemon
        ? .broken(topic, reason, remedy: remedy) : .optional(topic, reason, remedy: remedy)
    }
  }

  private func preparation(_ topic: String, _ fact: String, remedy: String) -> Diagnosis {
    isPrepared
      ? .optional(topic, fact, remedy: remedy) : .broken(topic, fact, remedy: remedy)
  }

  private static func megabytes(_ bytes: Int) -> String { "\(bytes / 1_000_000) MB" }
}
