// SPDX-License-Identifier: Apache-2.0

import PVHDoctor
import SystemPackage
import XenLab

/// A machine on which everything works, until a test breaks something.
struct FakeHost: HostProbe {
  var architecture = "x86_64"
  var runningPrograms: Set<String> = ["xenstored", "xenconsoled"]
  var runsGuestUnderKVM = true
  var cache: FilePath = "/home/me/.cache/pvhkit"
  var freeCacheBytes = 10_000_000_000
  var chosenDaemon = XenstoreDaemon.xenstored
  var chosenXen = XenRelease.ofThisMachine
  var agent: FilePath? = "/kit/.build/release/pvh-agent"
  var kit: FilePath? = "/kit"
  var texts: [FilePath: String] = [
    "/etc/os-release": "PRETTY_NAME=\"Debian 12\"\nID=debian\nVERSION_ID=\"12\"\n",
    "/proc/cpuinfo": "processor\t: 0\nflags\t\t: fpu svm npt\n",
    "/proc/meminfo": "MemTotal: 8000000 kB\nMemAvailable:    4000000 kB\n",
    "/proc/xen/capabilities": "control_d\n",
    "/sys/hypervisor/type": "xen\n",
    "/sys/hypervisor/uuid": "00000000-0000-0000-0000-000000000000\n",
    "/sys/hypervisor/version/major": "4\n",
    "/sys/hypervisor/version/minor": "17\n",
    "/sys/hypervisor/version/extra": ".6\n",
  ]
  var refusals: [FilePath: Errno] = [:]
  var missing: Set<FilePath> = []
  var programs: [String: FilePath] = [
    "swift": "/opt/swift/usr/bin/swift", "qemu-system-x86_64": "/usr/bin/qemu-system-x86_64",
    "xl": "/usr/sbin/xl", "apt-get": "/usr/bin/apt-get", "apt-cache": "/usr/bin/apt-cache",
    "dpkg-deb": "/usr/bin/dpkg-deb", "gzip": "/usr/bin/gzip", "xz": "/usr/bin/xz",
  ]
  var outputs = [
    "swift": "Swift version 6.3.1 (swift-6.3.1-RELEASE)\nTarget: x86_64-unknown-linux-gnu\n",
    "qemu-system-x86_64": "QEMU emulator version 7.2.22 (Debian)\nCopyright\n",
  ]
  var uninstalled: Set<String> = []
  var unloadable: Set<String> = []
  var templates: [XenstoreDaemon: TemplateState] = [
    .xenstored: .usable("Xen 4.17.5"), .oxenstored: .usable("Xen 4.17.5"),
  ]

  func text(_ path: FilePath) -> String? { texts[path] }
  func refusal(_ path: FilePath) -> Errno? { refusals[path] }
  func exists(_ path: FilePath) -> Bool {
    !missing.contains(path) && refusals[path] != .noSuchFileOrDirectory
  }
  func program(_ name: String) -> FilePath? { programs[name] }
  func output(_ program: String, _ arguments: [String]) -> String? {
    guard program == "dpkg-query" else { return outputs[program] }
    return uninstalled.contains(arguments.last ?? "") ? nil : "installed"
  }
  func hasLibrary(_ name: String) -> Bool { !unloadable.contains(name) }
  func template(_ daemon: XenstoreDaemon) -> TemplateState {
    templates[daemon] ?? .unusable("no template")
  }

  /// A machine that has no Xen.
  static var withoutXen: FakeHost {
    var machine = FakeHost()
    machine.texts = machine.texts.filter { path, _ in
      !path.starts(with: "/sys/hypervisor") && !path.starts(with: "/proc/xen")
    }
    machine.runningPrograms = []
    return machine
  }
}
