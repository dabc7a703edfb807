// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSystem
import SystemPackage

/// QEMU's command line: the same machine for saving a template and for restoring it.
///
/// All files are passed as descriptors, so no path, however odd, is ever parsed by QEMU, and a
/// template may be removed while it is in use.
struct QemuCommand {
  /// The descriptors of one QEMU; all of them are inherited.
  struct Descriptors {
    var memory: FileDescriptor
    /// Write-only; gets what Xen and dom0 print.
    var serial: FileDescriptor
    /// Read-only.
    var agentDisk: FileDescriptor
    /// Ends of socket pairs.
    var channel: FileDescriptor
    var control: FileDescriptor
    /// A multiboot image: Xen, or `MultibootStub` for a restore.
    var hypervisor: FileDescriptor
    /// Kernel and initramfs of dom0; a restored machine has them in memory.
    var dom0: (kernel: FileDescriptor, image: FileDescriptor)?
    /// Device state to come, for a restore.
    var state: FileDescriptor?
    /// Where to log instructions, if they are to be traced.
    var trace: InstructionTrace?

    var all: [FileDescriptor] {
      [memory, serial, agentDisk, channel, control, hypervisor]
        + (dom0.map { [$0.kernel, $0.image] } ?? []) + (state.map { [$0] } ?? [])
        + (trace.map { [$0.log.descriptor] } ?? [])
    }
  }

  /// Memory of the machine. The host pays only for pages that are written.
  static let memorySize = 2 << 30

  /// What Xen is told.
  ///
  /// Without `bootscrub=0` it would touch all memory. The countermeasures against speculative
  /// execution protect nothing in an emulator, and cost a quarter of the agent's start. Without `eager-fpu`,
  /// which goes with them, QEMU's emulation lets vector registers of one domain through to another.
  static let xenArguments =
    "console=com1 com1=115200,8n1 cpuidle=off bootscrub=0 dom0_mem=512M,max:512M "
    + "dom0_max_vcpus=1 noreboot=yes loglvl=all guest_loglvl=all spec-ctrl=no,eager-fpu"

  /// What the kernel of dom0 is told.
  static let dom0Arguments = "console=hvc0 quiet rdinit=/init panic=0 mitigations=off"

  /// With MONITOR, Xen's idle loop dies of #GP under TCG; with SMAP or SMEP the PV kernel dies of a
  /// page fault. The others are features of the model that TCG lacks and would complain about.
  static let processor =
    (["EPYC", "+svm", "+npt"]
    + [
      "monitor", "smap", "smep", "rdseed", "sha-ni", "fxsr-opt", "misalignsse", "3dnowprefetch",
      "osvw", "topoext", "nrip-save", "xsavec",
    ].map { "-\($0)" }).joined(separator: ",")

  /// Arguments for a machine that boots (`dom0` is there) or that waits for a saved state.
  static func arguments(_ descriptors: Descriptors) -> [String] {
    let restores = descriptors.state != nil
    var result = [
      "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
      "-machine", "pc,memory-backend=ram", "-accel", "tcg,thread=multi",
      "-cpu", processor, "-smp", "2", "-m", "\(memorySize >> 20)",
      // A restored machine writes to its own copies of the pages.
      "-object",
      "memory-backend-file,id=ram,size=\(memorySize),share=\(restores ? "off" : "on"),"
        + "mem-path=\(descriptors.memory.path)",
      "-add-fd", "fd=\(descriptors.serial.rawValue),set=1",
      "-chardev", "file,id=serial,path=/dev/fdset/1,append=on", "-serial", "chardev:serial",
      "-chardev", "socket,id=control,fd=\(descriptors.control.rawValue)",
      "-mon", "chardev=control,mode=control",
      "-device", "virtio-serial-pci",
      "-chardev", "socket,id=channel,fd=\(descriptors.channel.rawValue)",
      "-device", "virtserialport,chardev=channel,name=pvhkit.agent",
      "-add-fd", "fd=\(descriptors.agentDisk.rawValue),set=2",
      "-blockdev",
      "driver=file,node-name=agent,read-only=on,locking=off,filename=/dev/fdset/2",
      "-device", "virtio-blk-pci,drive=agent",
      "-kernel", descriptors.hypervisor.path, "-append", xenArguments,
    ]
    if let dom0 = descriptors.dom0 {
      result += ["-initrd", "\(dom0.kernel.path) \(dom0Arguments),\(dom0.image.path)"]
    }
    if let trace = descriptors.trace { result += trace.arguments }
    if restores { result += ["-incoming", "defer"] }
    return result
  }

  /// Starts QEMU; its complaints go to `output`.
  static func start(
    _ descriptors: Descriptors, output: FileDescriptor
  ) throws(LabError) -> ChildProcess {
    let program = try Tool.qemu.locate()
    do throws(ProcessError) {
      return try ChildProcess(
        program, arguments(descriptors),
        descriptors: .init(output: output, error: output, inherited: descriptors.all))
    } catch {
      throw LabError(error)
    }
  }
}

extension FileDescriptor {
  /// A name under which another program that inherits the descriptor can open the file.
  fileprivate var path: String { "/proc/self/fd/\(rawValue)" }
}

/// Which QEMU saved a template: its version, and the file's size and time to know it again without
/// running it.
struct QemuIdentity: Codable, Equatable {
  var version: String
  var size: Int
  var modified: Int

  /// The QEMU that this machine would run.
  static func installed(_ interrupts: borrowing Interrupts) throws(LabError) -> QemuIdentity {
    let (size, modified) = try file()
    let command = Command(tool: .qemu, arguments: ["--version"])
    let text = String(decoding: try command.output(interrupts), as: UTF8.self)
    let line = text.split(separator: "\n").first ?? "unknown"
    let prefix = "QEMU emulator version "
    return QemuIdentity(
      version: String(line.hasPrefix(prefix) ? line.dropFirst(prefix.count) : line), size: size,
      modified: modified)
  }

  /// Throws unless the installed QEMU is this one.
  func check() throws(LabError) {
    let (size, modified) = try Self.file()
    if size == self.size, modified == self.modified { return }
    let installed = try Self.installed(try Interrupts())
    guard installed.version == version else {
      throw .otherQEMU(template: version, installed: installed.version)
    }
  }

  private static func file() throws(LabError) -> (size: Int, modified: Int) {
    let path = try Tool.qemu.locate()
    var information = stat()
    guard path.withPlatformString({ stat($0, &information) }) == 0 else {
      throw .system(call: "stat", subject: path.string, errno: Errno(rawValue: errno))
    }
    return (Int(information.st_size), Int(information.st_mtim.tv_sec))
  }
}
