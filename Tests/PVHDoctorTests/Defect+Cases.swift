// SPDX-License-Identifier: Apache-2.0

import PVHDoctor
import SystemPackage
import XenLab

extension Defect {
  static var all: [Defect] { hardware + xen + lab + building }

  private static var hardware: [Defect] {
    [
      Defect("processor", .broken, "aarch64", "x86-64 machine") { $0.architecture = "aarch64" },
      Defect("system", .optional, "Ubuntu 24.04", "Debian's packages") {
        $0.texts["/etc/os-release"] = "PRETTY_NAME=\"Ubuntu 24.04\"\nID=ubuntu\n"
      },
      Defect("system", .optional, "an unknown system", "Debian's packages") {
        $0.texts["/etc/os-release"] = nil
      },
      Defect("KVM", .optional, "/dev/kvm is there, but the processor shows neither", "nested") {
        $0.texts["/proc/cpuinfo"] = "flags\t\t: fpu hypervisor\n"
      },
      Defect("KVM", .optional, "no: the processor shows neither", "nested") {
        $0.texts["/proc/cpuinfo"] = "flags\t\t: fpu\n"
        $0.refusals["/dev/kvm"] = .noSuchFileOrDirectory
      },
      Defect("KVM", .optional, "there is no /dev/kvm", "modprobe kvm_amd") {
        $0.refusals["/dev/kvm"] = .noSuchFileOrDirectory
      },
      Defect("KVM", .optional, "there is no /dev/kvm", "modprobe kvm_intel") {
        $0.texts["/proc/cpuinfo"] = "flags\t\t: fpu vmx\n"
        $0.refusals["/dev/kvm"] = .noSuchFileOrDirectory
      },
      Defect("KVM", .optional, "Permission denied", "adduser USER kvm") {
        $0.refusals["/dev/kvm"] = .permissionDenied
      },
      Defect("KVM", .optional, "not tried", nil) { $0.programs["qemu-system-x86_64"] = nil },
      Defect("KVM", .optional, "does not end", "dmesg") { $0.runsGuestUnderKVM = false },
    ]
  }

  private static var xen: [Defect] {
    [
      Defect("control domain", .optional, "no Xen here", nil, hasXen: false) { _ in },
      Defect("control domain", .optional, "a guest of Xen", nil) {
        $0.texts["/proc/xen/capabilities"] = ""
        $0.texts["/sys/hypervisor/uuid"] = "8dd24f6f-9c2e-4ae5-92e5-5ed1f0b6a6d1\n"
      },
      Defect("control domain", .broken, "/proc/xen is empty", "mount -t xenfs") {
        $0.texts["/proc/xen/capabilities"] = nil
      },
      Defect("control domain", .broken, "does not say which Xen", "mount /sys") {
        $0.texts["/sys/hypervisor/version/major"] = nil
      },
      Defect("loaders", .broken, "knows Xen 4.17 to 4.22, and here is 4.16", "knows Xen 4.16") {
        $0.texts["/sys/hypervisor/version/minor"] = "16\n"
      },
      Defect("loaders", .optional, "libxenlight.so.4.20", "apt-get install libxenmisc4.20") {
        $0.texts["/sys/hypervisor/version/minor"] = "20\n"
        $0.unloadable = ["libxenlight.so.4.20"]
      },
      Defect("xl", .optional, "not in PATH", "xen-utils-common") { $0.programs["xl"] = nil },
      Defect("privileges", .broken, "Permission denied", "as root") {
        $0.refusals["/dev/xen/privcmd"] = .permissionDenied
      },
      Defect("privileges", .broken, "no /dev/xen/privcmd", "modprobe xen-privcmd") {
        $0.refusals["/dev/xen/privcmd"] = .noSuchFileOrDirectory
      },
      Defect("xenstore", .broken, "neither xenstored nor oxenstored", "/etc/init.d/xen start") {
        $0.runningPrograms = ["xenconsoled"]
      },
      Defect("consoles", .broken, "xenconsoled does not run", "/etc/init.d/xen start") {
        $0.runningPrograms = ["oxenstored"]
      },
    ]
  }

  private static var lab: [Defect] {
    [
      Defect("agent", .broken, "not beside pvh", "--product pvh-agent") { $0.agent = nil },
      Defect("QEMU", .broken, "not in PATH", "apt-get install qemu-system-x86") {
        $0.programs["qemu-system-x86_64"] = nil
      },
      Defect("QEMU", .broken, "does not say its version", "--reinstall qemu-system-x86") {
        $0.outputs["qemu-system-x86_64"] = nil
      },
      Defect("memory", .broken, "102 MB available", "end other programs") {
        $0.texts["/proc/meminfo"] = "MemAvailable: 100000 kB\n"
      },
      Defect("memory", .optional, "does not say", nil) { $0.texts["/proc/meminfo"] = nil },
      Defect("tools", .optional, "apt-cache, xz", "apt-get install apt xz-utils") {
        $0.programs["xz"] = nil
        $0.programs["apt-cache"] = nil
      },
      Defect("tools", .broken, "dpkg-deb", "apt-get install dpkg") {
        $0.programs["dpkg-deb"] = nil
        $0.templates = [:]
      },
      Defect("disk", .optional, "1 MB free at /home/me", "XDG_CACHE_HOME") {
        $0.freeCacheBytes = 1_000_000
      },
      Defect("disk", .broken, "a preparation takes 500 MB", "XDG_CACHE_HOME") {
        $0.freeCacheBytes = 1_000_000
        $0.templates = [:]
      },
      Defect("template, xenstored", .broken, "made by another", "pvh lab prepare") {
        $0.templates[.xenstored] = .unusable("made by another")
      },
      Defect("template, xenstored", .optional, "no template", "pvh lab prepare") {
        $0.templates[.xenstored] = nil
        $0.chosenDaemon = .oxenstored
      },
      Defect("template, oxenstored", .optional, "no template", "--xenstore oxenstored") {
        $0.templates[.oxenstored] = nil
      },
      Defect("template, oxenstored", .broken, "no template", "--xenstore oxenstored") {
        $0.templates[.oxenstored] = nil
        $0.chosenDaemon = .oxenstored
      },
    ]
  }

  private static var building: [Defect] {
    [
      Defect("Swift", .broken, "not in PATH", "Swift 6.3 toolchain") {
        $0.programs["swift"] = nil
      },
      Defect("Embedded Swift", .broken, "no toolchain", "Swift 6.3 toolchain") {
        $0.programs["swift"] = nil
      },
      Defect("linker", .broken, "no toolchain", "Swift 6.3 toolchain") {
        $0.programs["swift"] = nil
      },
      Defect("Swift", .broken, "version 6.2.4 is too old", "Swift 6.3 toolchain") {
        $0.outputs["swift"] = "Swift version 6.2.4 (swift-6.2.4-RELEASE)\n"
      },
      Defect("Swift", .broken, "does not say its version", "Swift 6.3 toolchain") {
        $0.outputs["swift"] = "Segmentation fault\n"
      },
      Defect("Embedded Swift", .broken, "x86_64-unknown-linux-gnu.swiftmodule", "toolchain") {
        $0.missing = [
          "/opt/swift/usr/lib/swift/embedded/Swift.swiftmodule/x86_64-unknown-linux-gnu.swiftmodule"
        ]
      },
      Defect("Embedded Swift", .broken, "libswift_Concurrency.a is missing", "toolchain") {
        $0.missing = [
          "/opt/swift/usr/lib/swift/embedded/x86_64-unknown-linux-gnu/libswift_Concurrency.a"
        ]
      },
      Defect("linker", .broken, "/opt/swift/usr/bin lacks ld.lld", "toolchain") {
        $0.missing = ["/opt/swift/usr/bin/ld.lld"]
      },
      Defect("C library", .broken, "libc.a is missing", "apt-get install musl-dev") {
        $0.missing = ["/usr/lib/x86_64-linux-musl/libc.a"]
      },
      Defect("PVHKit", .optional, "lies in no checkout", "depend on PVHKit") { $0.kit = nil },
      Defect("Debian packages", .optional, "libxen-dev", "apt-get install libxen-dev") {
        $0.uninstalled = ["libxen-dev"]
      },
    ]
  }
}
