// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import SystemPackage

@testable import XenLab

/// Debian's kernel, out of the packages of the lab's control domain, with a small user space.
struct LinuxGuest {
  /// The kernel as Debian packs it.
  let kernel: String
  /// An initial RAM disk, packed by gzip, in which busybox does what `do=` on the command line says:
  /// `report`, `reboot`, `shell` or `wait`.
  let initrd: String
  private let folder: ScratchFolder

  /// Takes them out of the packages, which takes some seconds.
  init() throws {
    folder = try ScratchFolder()
    let archives = LabCache.standard.packages(of: try .fromEnvironment()).appending("archives")
    func package(_ start: String) throws -> FilePath {
      guard let name = FileTree.names(in: archives).first(where: { $0.hasPrefix(start) }) else {
        throw CocoaError(.fileNoSuchFile)
      }
      return archives.appending(name)
    }
    let interrupts = try Interrupts()
    var files = PackageFiles()
    // The other one, "linux-image-amd64", is empty.
    try PackageExtraction(package: package("linux-image-6")).take(into: &files, interrupts) {
      $0.hasPrefix("boot/vmlinuz-")
    }
    let name = try files.nodes.keys.first.orThrow()
    try PackageExtraction(package: package("busybox-static_")).take(into: &files, interrupts) {
      $0.hasSuffix("bin/busybox")
    }
    kernel = try folder.file("vmlinuz", Data(try files[name].orThrow()))
    var archive = CpioArchive()
    for path in ["proc", "sys", "dev"] { archive.addFolder(path) }
    archive.addFile("bin/busybox", try files["bin/busybox"].orThrow(), mode: 0o755)
    archive.addFile("init", Array(Self.program.utf8), mode: 0o755)
    // What the kernel starts when the toolstack asks for the guest's end.
    archive.addFile("sbin/poweroff", Array(Self.powerOff.utf8), mode: 0o755)
    archive.addFile("sbin/reboot", Array(Self.reboot.utf8), mode: 0o755)
    let plain = try folder.file("initrd", Data(archive.finished()))
    let gzip = try PVHCommand(["gzip", "-1", plain], program: URL(filePath: "/usr/bin/env"))
    _ = gzip.finish()
    initrd = plain + ".gz"
  }

  private static let powerOff = "#!/bin/busybox sh\nexec /bin/busybox poweroff -f\n"
  private static let reboot = "#!/bin/busybox sh\nexec /bin/busybox reboot -f\n"

  private static let program = """
    #!/bin/busybox sh
    /bin/busybox --install -s /bin
    export PATH=/bin
    mount -t proc proc /proc; mount -t sysfs sys /sys; mount -t devtmpfs dev /dev
    exec </dev/hvc0 >/dev/hvc0 2>&1
    stty raw -echo
    for word in $(cat /proc/cmdline); do
      case $word in do=*) wish=${word#do=};; esac
    done
    echo "up: $wish"
    case $wish in
    report)
      grep -iv -e mhz -e bogomips /proc/cpuinfo
      for table in APIC FACP; do
        echo "$table $(hexdump -v -e '1/1 "%02x"' /sys/firmware/acpi/tables/$table)"
      done
      sleep 1 && echo slept
      poweroff -f;;
    reboot) reboot -f;;
    shell) stty sane; cd /; PS1='guest# ' sh; poweroff -f;;
    esac
    while :; do sleep 100; done

    """
}

extension Optional {
  fileprivate func orThrow() throws -> Wrapped {
    guard let self else { throw CocoaError(.fileNoSuchFile) }
    return self
  }
}
