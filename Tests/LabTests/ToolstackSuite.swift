// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import FixtureVerdicts
import Foundation
import Testing

/// A lab with the scripts and images of the suite in its control domain.
struct ToolstackSuite {
  let lab: DetachedLab

  init(_ name: String) throws {
    lab = try DetachedLab(name)
    let kit = Checkout.root.appending(path: "guest-runtime/Fixtures/dom0")
    try shell("mkdir -p /root/kit/bin/conformance /root/kit/elf")
    let conformance = kit.appending(path: "conformance")
    for part in try FileManager.default.contentsOfDirectory(atPath: conformance.path) {
      try lab.copy(
        conformance.appending(path: part).path, to: "/root/kit/bin/conformance/\(part)")
    }
    for script in ["test-toolstack", "test-console"] {
      try lab.copy(kit.appending(path: script).path, to: "/root/kit/bin/\(script)")
    }
    for guest in [
      "console-binary", "console-echo", "end", "hello-exit", "idle", "memory-touch", "report",
      "shutdown-ack-never",
      "triple-fault",
    ] {
      try lab.copy(Checkout.fixture(guest), to: "/root/kit/elf/\(guest).elf")
    }
  }

  /// Runs a script in dom0.
  @discardableResult
  func shell(_ script: String) throws -> String {
    try lab.pvh("lab", "exec", lab.name, "--", "sh", "-c", script).text
  }

  /// Writes a program in dom0.
  func put(_ text: String, at path: String) throws {
    let folder = try ScratchFolder()
    let file = try folder.file("program", Data(text.utf8))
    try shell("mkdir -p \(path.split(separator: "/").dropLast().reduce("") { "\($0)/\($1)" })")
    try lab.copy(file, to: path)
    try shell("chmod +x \(path)")
  }

  /// Runs a suite with an environment and arguments.
  func run(
    _ environment: String, _ arguments: String, script: String = "test-toolstack"
  ) throws -> VerdictReport {
    let output = try lab.pvh(
      "lab", "exec", lab.name, "--", "sh", "-c",
      "\(environment) /root/kit/bin/\(script) \(arguments)")
    return VerdictReport(console: Array(output.output))
  }

  /// Neither a domain nor a file of the suite is there.
  func expectNothingLeft() throws {
    #expect(try shell("xl list | wc -l; ls -d /tmp/tmp.* 2>/dev/null") == "2\n")
  }
}

extension VerdictReport {
  /// The cases with a result, sorted.
  func ids(_ result: VerdictCase.Result) -> [String] {
    cases.filter { $0.result == result }.map(\.id).sorted()
  }
}

/// libvirt's daemon with its driver for Xen, and virsh.
struct Libvirt {
  private static let driver =
    "usr/lib/x86_64-linux-gnu/libvirt/connection-driver/libvirt_driver_libxl.so"
  private static let models = "usr/share/libvirt/cpu_map"

  /// Carries it into a lab and starts the daemon.
  func start(in lab: DetachedLab) throws {
    try DebianProgram(
      ["usr/sbin/libvirtd", "usr/bin/virsh"],
      of: ["libvirt-daemon", "libvirt-daemon-driver-xen", "libvirt-clients"],
      plugins: [Self.driver], data: [Self.models]
    ).carry(into: lab)
    // Debian's daemon, without the authentication that a desktop has. The processor that QEMU emulates is less than
    // each model that libvirt knows, so it gets one.
    let result = try lab.pvh(
      "lab", "exec", lab.name, "--", "sh", "-c",
      """
      mkdir -p /etc/libvirt /run/libvirt /var/lib/libvirt /var/log/libvirt /var/cache/libvirt
      echo 'auth_unix_rw = "none"' >/etc/libvirt/libvirtd.conf
      cd /\(Self.models)
      cat >x86_lab.xml <<END
      <cpus><model name='lab'><decode host='on' guest='off'/><feature name='fpu'/></model></cpus>
      END
      sed -i "s#<include filename='x86_486.xml'/>#<include filename='x86_lab.xml'/>&#" index.xml
      LIBVIRT_DRIVER_DIR=/opt/libvirtd/plugins libvirtd -d -f /etc/libvirt/libvirtd.conf
      looks=0
      until virsh -q -c xen:///system list >/dev/null 2>&1 || [ $looks = 300 ]; do
        sleep 0.1; looks=$((looks + 1))
      done
      virsh -c xen:///system version
      """)
    try #require(result.text.contains("Running hypervisor: Xen"), "\(result.text)\(result.errors)")
  }
}

/// A program before Xen's own xl that breaks some rules, each of which one case or two have to find.
struct FaultyXL {
  /// What sed changes in the configuration of each domain.
  var changes: [String] = []
  /// What is done before a command and after it, in sh; `$name`, `$file` and `$module` are those of a creation.
  var before = ""
  var after = ""
  let found: Set<String>
  /// Cases that have nothing to do with it.
  let sound: Set<String>

  var program: String {
    """
    #!/bin/sh
    run() { PATH=${PATH#*:} xl "$@"; }
    for file; do :; done
    name= module=
    case $file in *.cfg)
      name=$(sed -n 's/^name = "\\(.*\\)"/\\1/p' $file)
      module=$(sed -n 's/^ramdisk = "\\(.*\\)"/\\1/p' $file)
      sed -i '\(changes.joined(separator: ";"))' $file ;;
    esac
    \(before)
    run "$@"
    status=$?
    home=/local/domain/$(run domid "$name" 2>/dev/null)
    \(after)
    exit $status
    """
  }
}
