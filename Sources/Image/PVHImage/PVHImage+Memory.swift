// SPDX-License-Identifier: Apache-2.0

import XenABI

extension PVHImage {
  /// What the domain builder needs to load the image and what comes with it; nil if the image has
  /// no segment to load.
  ///
  /// - Parameters:
  ///   - moduleBytes: The modules' sizes. Up to Xen 4.19 a gzip module counts unpacked.
  ///   - commandLineBytes: The command line's length without its NUL.
  /// - Returns: The parts, and their sum in KiB and MiB.
  public func memoryNeed(
    moduleBytes: [UInt64] = [], commandLineBytes: UInt64 = 0
  ) -> MemoryNeed? {
    extent.map {
      MemoryNeed(
        imageEnd: $0.end.rawValue, moduleBytes: moduleBytes, commandLineBytes: commandLineBytes)
    }
  }

  /// The smallest memory in KiB with which libxenguest builds a domain from the image; nil if the
  /// image has no segment to load.
  public func smallestMemory(
    moduleBytes: [UInt64] = [], commandLineBytes: UInt64 = 0
  ) -> UInt64? {
    memoryNeed(moduleBytes: moduleBytes, commandLineBytes: commandLineBytes)?.kibibytes
  }

  /// What keeps the image and its modules from being built into a domain of this memory.
  ///
  /// - Parameters:
  ///   - memoryKiB: The domain's memory.
  ///   - moduleBytes: The modules' sizes. Up to Xen 4.19 a gzip module counts unpacked.
  ///   - commandLineBytes: The command line's length without its NUL.
  /// - Returns: One finding per reason, empty if it fits.
  public func validate(
    memoryKiB: UInt64, moduleBytes: [UInt64] = [], commandLineBytes: UInt64 = 0
  ) -> [Finding] {
    moduleFindings(moduleBytes)
      + sizeFindings(
        memoryKiB, memoryNeed(moduleBytes: moduleBytes, commandLineBytes: commandLineBytes))
  }

  private func moduleFindings(_ sizes: [UInt64]) -> [Finding] {
    var findings: [Finding] = []
    if sizes.count > MemoryNeed.moduleLimit {
      findings.append(
        Finding(
          .tooManyModules,
          "gets \(sizes.count) modules, libxenguest hands over \(MemoryNeed.moduleLimit)",
          remedy: "Pack them into one archive."))
    }
    for (index, size) in sizes.enumerated() where size == 0 {
      findings.append(
        Finding(
          .emptyModule, "gets module \(index) of 0 bytes, which libxenguest refuses",
          remedy: "Leave the module out or put something into it."))
    }
    return findings
  }

  private func sizeFindings(_ memoryKiB: UInt64, _ need: MemoryNeed?) -> [Finding] {
    guard let need else { return [] }
    if need.total > Self.specialPages {
      return [
        Finding(
          .modulesInSpecialPages,
          "ends with its modules and start info at \(hex(need.total)), in the range that Xen keeps "
            + "from \(hex(Self.specialPages))",
          remedy: "Link the image lower or make the modules smaller.")
      ]
    }
    guard memoryKiB < need.kibibytes else { return [] }
    return [
      Finding(
        .memoryTooSmall,
        "needs at least \(need.kibibytes) KiB (image up to \(need.image / 1024), modules "
          + "\(need.modules / 1024), start info \(need.startInfo / 1024)), "
          + "and the domain is to have \(memoryKiB) KiB",
        remedy: "Give it \(need.kibibytes) KiB or more; xl takes whole MiB: "
          + "\(need.mebibytes).")
    ]
  }
}
