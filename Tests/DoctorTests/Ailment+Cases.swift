// SPDX-License-Identifier: Apache-2.0

import Doctor
import SystemPackage
import XenLab

extension Ailment {
  static var all: [Ailment] { hardware + xen + lab + building }

  private static var hardware: [Ailment] {
    [
      Ailment("processor", .broken, "aarch64", "x86-64 machine") { $0.architecture = "aarch64" },
      Ailment("system", .optional, "Ubuntu 24.04", "Debian 12's packages") {
        $0.texts["/etc/os-release"] = "PRETTY_NAME=\"Ubuntu 24.04\"\nID=ubuntu\n"
      },
      Ailment("system", .optional, "an unknown system", "Debian 12's packages") {
        $0.texts["/etc/os-release"] = nil
      },
      Ailment("KVM", .optional, "/dev/kvm is there, but the processor shows neither", "nested") {
        $0.texts["/proc/cpuinfo"] = "flags\t\t: fpu hypervisor\n"
      },
      Ailment("KVM", .optional, "no: the processor shows neither", "nested") {
        $0.texts["/proc/cpuinfo"] = "flags\t\t: fpu\n"
        $0.refusals["/dev/kvm"] = .noSuchFileOrDirectory
      },
      Ailment("KVM", .optional, "there is no /dev/kvm", "modprobe kvm_amd") {
        $0.refusals["/dev/kvm"] = .noSuchFileOrDirectory
      },
      Ailment("KVM", .optional, "there is no /dev/kvm", "modprobe kvm_intel") {
        $0.texts["/proc/cpuinfo"] = "flags\t\t: fpu vmx\n"
        $0.refusals["/dev/kvm"] = .noSuchFileOrDirectory
      },
      Ailment("KVM", .optional, "Permission denied", "adduser USER kvm") {
        $0.refusals["/dev/kvm"] = .permissionDenied
      },
      Ailment("KVM", .optional, "not tried", nil) { $0.programs["qemu-system-x86_64"] = nil },
      Ailment("KVM", .optional, "does not end", "dmesg") { $0.runsGuestUnderKVM = false },
    ]
  }

  private static var xen: [Ailment] {
    [
      Ailment("control domain", .optional, "no Xen here", nil, hasXen: false) { _ in },
      Ailment("control domain", .optional, "a guest of Xen", nil) {
        $0.texts["/proc/xen/capabilities"] = ""
        $0.texts["/sys/hypervisor/uuid"] = "8dd24f6f-9c2e-4ae5-92e5-5ed1f0b6a6d1\n"
      },
      Ailment("control domain", .broken, "/proc/xen is empty", "mount -t xenfs") {
        $0.texts["/proc/xen/capabilities"] = nil
      },
      Ailment("control domain", .broken, "does not say which Xen", "mount /sys") {
        $0.texts["/sys/hypervisor/version/major"] = nil
      },
      Ailment("Xen libraries", .broken, "of Xen 4.17, and here is Xen 4.20", "build pvh") {
        $0.texts["/sys/hypervisor/version/minor"] = "20\n"
      },
      Ailment("Xen libraries", .broken, "libxenlight.so.4.17", "apt-get install libxenmisc4.17") {
        $0.unloadable = ["libxenlight.so.4.17"]
      },
      Ailment("xl", .optional, "not in PATH", "xen-utils-common") { $0.programs["xl"] = nil },
      Ailment("privileges", .broken, "Permission denied", "as root") {
        $0.refusals["/dev/xen/privcmd"] = .permissionDenied
      },
      Ailment("privileges", .broken, "no /dev/xen/privcmd", "modprobe xen-privcmd") {
        $0.refusals["/dev/xen/privcmd"] = .noSuchFileOrDirectory
      },
      Ailment("xenstore", .broken, "neither xenstored nor oxenstored", "/etc/init.d/xen start") {
        $0.runningPrograms = ["xenconsoled"]
      },
      Ailment("consoles", .broken, "xenconsoled does not run", "/etc/init.d/xen start") {
        $0.runningPrograms = ["oxenstored"]
      },
    ]
  }

  private static var lab: [Ailment] {
    [
      Ailment("agent", .broken, "not beside pvh", "--product pvh-agent") { $0.agent = nil },
      Ailment("QEMU", .broken, "not in PATH", "apt-get install qemu-system-x86") {
        $0.programs["qemu-system-x86_64"] = nil
      },
      Ailment("QEMU", .broken, "does not say its version", "--reinstall qemu-system-x86") {
        $0.outputs["qemu-system-x86_64"] = nil
      },
      Ailment("memory", .broken, "102 MB available", "end other programs") {
        $0.texts["/proc/meminfo"] = "MemAvailable: 100000 kB\n"
      },
      Ailment("memory", .optional, "does not say", nil) { $0.texts["/proc/meminfo"] = nil },
      Ailment("tools", .optional, "apt-cache, xz", "apt-get install apt xz-utils") {
        $0.programs["xz"] = nil
        $0.programs["apt-cache"] = nil
      },
      Ailment("tools", .broken, "dpkg-deb", "apt-get install dpkg") {
        $0.programs["dpkg-deb"] = nil
        $0.templates = [:]
      },
      Ailment("disk", .optional, "1 MB free at /home/me", "XDG_CACHE_HOME") {
        $0.freeCacheBytes = 1_000_000
      },
      Ailment("disk", .broken, "a preparation takes 500 MB", "XDG_CACHE_HOME") {
        $0.freeCacheBytes = 1_000_000
        $0.templates = [:]
      },
      Ailment("template, xenstored", .broken, "made by another", "pvh lab prepare --xenstore xen") {
        $0.templates[.xenstored] = .unusable("made by another")
      },
      Ailment("template, xenstored", .optional, "no template", "pvh lab prepare --xenstore xen") {
        $0.templates[.xenstored] = nil
        $0.chosenDaemon = .oxenstored
      },
      Ailment("template, oxenstored", .optional, "no template", "--xenstore oxenstored") {
        $0.templates[.oxenstored] = nil
      },
      Ailment("template, oxenstored", .broken, "no template", "--xenstore oxenstored") {
        $0.templates[.oxenstored] = nil
        $0.chosenDaemon = .oxenstored
      },
    ]
  }

  private static var building: [Ailment] {
    [
      Ailment("Swift", .broken, "not in PATH", "Swift 6.3 toolchain") {
        $0.programs["swift"] = nil
      },
      Ailment("Embedded Swift", .broken, "no toolchain", "Swift 6.3 toolchain") {
        $0.programs["swift"] = nil
      },
      Ailment("linker", .broken, "no toolchain", "Swift 6.3 toolchain") {
        $0.programs["swift"] = nil
      },
      Ailment("Swift", .broken, "version 6.2.4 is too old", "Swift 6.3 toolchain") {
        $0.outputs["swift"] = "Swift version 6.2.4 (swift-6.2.4-RELEASE)\n"
      },
      Ailment("Swift", .broken, "does not say its version", "Swift 6.3 toolchain") {
        $0.outputs["swift"] = "Segmentation fault\n"
      },
      Ailment("Embedded Swift", .broken, "x86_64-unknown-linux-gnu.swiftmodule", "toolchain") {
        $0.missing = [
          "/opt/swift/usr/lib/swift/embedded/Swift.swiftmodule/x86_64-unknown-linux-gnu.swiftmodule"
        ]
      },
      Ailment("Embedded Swift", .broken, "libswift_Concurrency.a is missing", "toolchain") {
        $0.missing = [
          "/opt/swift/usr/lib/swift/embedded/x86_64-unknown-linux-gnu/libswift_Concurrency.a"
        ]
      },
      Ailment("linker", .broken, "/opt/swift/usr/bin lacks ld.lld", "toolchain") {
        $0.missing = ["/opt/swift/usr/bin/ld.lld"]
      },
      Ailment("C library", .broken, "libc.a is missing", "apt-get install musl-dev") {
        $0.missing = ["/usr/lib/x86_64-linux-musl/libc.a"]
      },
      Ailment("PVHKit", .optional, "lies in no checkout", "depend on PVHKit") { $0.kit = nil },
      Ailment("Debian packages", .optional, "libxen-dev", "apt-get install libxen-dev") {
        $0.uninstalled = ["libxen-dev"]
      },
    ]
  }
}
