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
  /// `report`, `reboot`, `shell`, `network` or `wait`.
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
      $0.hasPrefix("boot/vmlinuz-") || $0.contains("/xen-netfront.ko")
    }
    let name = try files.nodes.keys.first { $0.hasPrefix("boot/") }.orThrow()
    let driver = try files.nodes.keys.first { $0.contains("/xen-netfront.ko") }.orThrow()
    try PackageExtraction(package: package("busybox-static_")).take(into: &files, interrupts) {
      $0.hasSuffix("bin/busybox")
    }
    kernel = try folder.file("vmlinuz", Data(try files[name].orThrow()))
    var archive = CpioArchive()
    for path in ["proc", "sys", "dev", "tmp", "www"] { archive.addFolder(path) }
    archive.addFile(
      "xen-netfront.ko",
      try Decompression.plain(files[driver].orThrow(), path: driver, interrupts))
    archive.addFile("lease", Array(Self.lease.utf8), mode: 0o755)
    archive.addFile("sum", Array(Self.sum.utf8), mode: 0o755)
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

  /// What the DHCP client runs: takes the address, and says it in xenstore, by a message of its protocol.
  private static let lease = """
    #!/bin/busybox sh
    [ "$1" = bound ] || exit 0
    ip addr add $ip/$mask dev eth0
    ip route add default via $router
    echo "nameserver $dns" >/etc/resolv.conf
    node=attr/vif/0/ipv4/0
    length=$(printf %02x $((${#node} + 1 + ${#ip})))
    exec 5<>/dev/xen/xenbus
    printf "\\x0b\\0\\0\\0\\x01\\0\\0\\0\\0\\0\\0\\0\\x$length\\0\\0\\0$node\\000$ip" >/tmp/message
    cat /tmp/message >&5
    dd bs=64 count=1 of=/dev/null <&5 2>/dev/null
    echo "address $ip"

    """

  /// What serves port 7: the sum of all that comes until its end.
  private static let sum = "#!/bin/busybox sh\n/bin/sha256sum | /bin/cut -c1-64\n"

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
    network)
      mkdir -p /etc
      insmod /xen-netfront.ko
      ip link set lo up; ip link set eth0 up
      udhcpc -i eth0 -s /lease -q -n -t 60 -T 1 2>&1 | grep address
      echo "host $(nslookup dom0.lab | grep -c 'Address: *10.0.0.1$')"
      echo "Hello over TCP" >/www/index.html
      seq 200000 >/www/large
      httpd -p 80 -h /www
      nc -ll -p 7 -e /sum &
      echo serving;;
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
