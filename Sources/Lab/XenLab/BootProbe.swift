// SPDX-License-Identifier: Apache-2.0

import HostSystem
import SystemPackage

/// The smallest guest that can tell whether an accelerator of QEMU works: three instructions from the
/// processor's reset.
public enum BootProbe {
  /// Lets the guest run for at most 10 seconds.
  ///
  /// - Parameter accelerator: as QEMU calls it: `kvm`, `tcg`.
  /// - Returns: whether it ran to its end.
  /// - Throws: `LabError` if there is no QEMU.
  public static func ends(accelerator: String) throws(LabError) -> Bool {
    let firmware = try MemoryFile.make(name: "firmware", content: firmware)
    let program = try Tool.qemu.locate()
    var child: ChildProcess
    do throws(ProcessError) {
      child = try ChildProcess(
        program,
        [
          "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-machine", "pc",
          "-accel", accelerator, "-m", "2", "-device", "isa-debug-exit,iobase=0xf4,iosize=1",
          "-bios", "/proc/self/fd/\(firmware.descriptor.rawValue)",
        ], descriptors: .init(inherited: [firmware.descriptor]))
    } catch {
      throw LabError(error)
    }
    // A child that is not waited for is killed: QEMU may never come back from a broken KVM.
    guard child.descriptor.isReadable(until: .now + .seconds(10)) else { return false }
    return child.wait() == status
  }

  /// What QEMU makes of the number that the guest writes: twice that, and one.
  /// Source: QEMU, `hw/misc/debugexit.c`.
  private static let status: Int32 = 5

  private static var firmware: [UInt8] {
    let code: [UInt8] = [
      0xb0, 0x02,  // mov $2, %al
      0xe6, 0xf4,  // out %al, $0xf4
      0xf4,  // hlt
    ]
    // The end of a ROM is where x86 starts, 16 bytes below 4 GiB.
    let front = [UInt8](repeating: 0, count: (1 << 16) - 16)
    return front + code + [UInt8](repeating: 0, count: 16 - code.count)
  }
}
