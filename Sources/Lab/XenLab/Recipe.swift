// SPDX-License-Identifier: Apache-2.0
import SystemPackage

/// Everything of this program that shapes a template; packages and QEMU come on top.
struct Recipe: Equatable {
  let release: XenRelease
  let xenstore: XenstoreDaemon

  /// Changes whenever a template made by an earlier build would not do any more.
  var fingerprint: String {
    let number = FileDescriptor(rawValue: 0)
    let command = QemuCommand.arguments(
      .init(
        memory: number, serial: number, agentDisk: number, channel: number, control: number,
        hypervisor: number, dom0: (number, number)))
    var sum = Checksum()
    sum.add("\(TemplateManifest.currentFormat)")
    for argument in command { sum.add(argument) }
    let start = Dom0Init(
      release: release, xenstore: xenstore, modules: Dom0Packages.wantedModules)
    sum.add(start.script)
    for name in Dom0Image.contents(release, xenstore) { sum.add(name) }
    AgentDisk.descriptors.withUnsafeBytes { sum.add($0) }
    return hexadecimal(sum.value)
  }
}

/// Sixteen digits.
func hexadecimal(_ value: UInt64) -> String {
  let digits = String(value, radix: 16)
  return String(repeating: "0", count: 16 - digits.count) + digits
}
