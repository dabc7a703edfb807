// SPDX-License-Identifier: Apache-2.0

import SystemPackage

/// Looks at the processor, the system, and KVM.
struct HardwareDoctor<Probe: HostProbe> {
  private let machine: Probe

  init(_ machine: Probe) { self.machine = machine }

  var diagnoses: [Diagnosis] { [processor, system, kvm] }

  private var processor: Diagnosis {
    let name = machine.architecture
    guard name == "x86_64" else {
      return .broken(
        "processor", "\(name), and PVH guests are for x86-64", remedy: "use an x86-64 machine")
    }
    return .works("processor", "x86-64")
  }

  private var system: Diagnosis {
    let lines = machine.text("/etc/os-release")?.split(separator: "\n") ?? []
    func value(_ key: String) -> String? {
      lines.first { $0.hasPrefix("\(key)=") }.map {
        $0.dropFirst(key.count + 1).filter { $0 != "\"" }
      }
    }
    let name = value("PRETTY_NAME") ?? "an unknown system"
    guard value("ID") == "debian", ["12", "13"].contains(value("VERSION_ID")) else {
      return .optional(
        "system", "\(name); PVHKit is tested on Debian 12 and 13",
        remedy: "to prepare a lab, give APT a source with Debian's packages")
    }
    return .works("system", name)
  }

  /// That the device opens proves nothing: in a virtual machine it may create guests that hang.
  private var kvm: Diagnosis {
    let rest = "; the lab emulates, and does without"
    let device: FilePath = "/dev/kvm"
    guard let vendor = machine.virtualisation else {
      let seen = machine.exists(device) ? "\(device) is there, but " : "no: "
      return .optional(
        "KVM", "\(seen)the processor shows neither svm nor vmx\(rest)",
        remedy: "switch on virtualisation in the firmware, or nested virtualisation one level up")
    }
    switch machine.refusal(device) {
    case nil: break
    case .noSuchFileOrDirectory?:
      return .optional(
        "KVM", "there is no \(device)\(rest)",
        remedy: "modprobe \(vendor == "svm" ? "kvm_amd" : "kvm_intel")")
    case let refusal?:
      return .optional(
        "KVM", "\(device): \(refusal)\(rest)", remedy: "join its group: adduser USER kvm")
    }
    guard machine.program("qemu-system-x86_64") != nil else {
      return .optional("KVM", "not tried, for there is no QEMU\(rest)")
    }
    guard machine.runsGuestUnderKVM else {
      return .optional(
        "KVM", "\(device) opens, but a guest of three instructions does not end\(rest)",
        remedy: "look into the kernel's log: dmesg | grep kvm")
    }
    return .works("KVM", "runs a guest (\(vendor))")
  }
}

extension HostProbe {
  /// The processor's flag for virtualisation, without which KVM runs no guest: `svm` or `vmx`.
  package var virtualisation: Substring? {
    text("/proc/cpuinfo")?.split(separator: "\n").first { $0.hasPrefix("flags") }?
      .split(separator: " ").first { $0 == "svm" || $0 == "vmx" }
  }
}
