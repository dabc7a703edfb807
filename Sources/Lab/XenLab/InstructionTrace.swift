// SPDX-License-Identifier: Apache-2.0

import HostSystem
import SystemPackage

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
