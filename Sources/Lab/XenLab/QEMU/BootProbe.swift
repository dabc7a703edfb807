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

/// The addresses of the instructions that a lab executes within a range, in their order.
///
/// QEMU executes them one at a time then, so everything in the lab is many times slower.
public final class InstructionTrace: Sendable {
  let log: MemoryFile
  private let addresses: Range<UInt64>

  /// Traces instructions at these linear addresses, of whatever runs there.
  public init(addresses: Range<UInt64>) throws(LabError) {
    log = try MemoryFile.make(name: "trace")
    self.addresses = addresses
  }

  /// The addresses that were executed until now.
  public func programCounters() -> [UInt64] {
    // A line: "Trace 0: 0x7f.. [cs base/program counter/flags/...] symbol". Source: QEMU,
    // accel/tcg/cpu-exec.c.
    log.text().split(separator: "\n").compactMap { line in
      guard line.hasPrefix("Trace "), let bracket = line.firstIndex(of: "[") else { return nil }
      let fields = line[bracket...].dropFirst().split(separator: "/", maxSplits: 2)
      return fields.count > 1 ? UInt64(fields[1], radix: 16) : nil
    }
  }

  /// What QEMU has to be told.
  var arguments: [String] {
    [
      "-singlestep", "-d", "exec,nochain",
      "-dfilter", "\(hex(addresses.lowerBound))..\(hex(addresses.upperBound - 1))",
      "-D", "/proc/self/fd/\(log.descriptor.rawValue)",
    ]
  }

  private func hex(_ address: UInt64) -> String { "0x" + String(address, radix: 16) }
}
