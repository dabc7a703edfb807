// SPDX-License-Identifier: Apache-2.0

import XenABI

/// The memory that the domain builder fills before the guest runs, from address 0 upwards: what is
/// below the image counts too.
///
/// What the guest wants for itself comes on top.
public struct MemoryNeed: Equatable, Sendable {
  /// The image's end, in whole pages.
  public let image: UInt64
  /// The modules' bytes, each in whole pages.
  public let modules: UInt64
  /// Bytes for start info, module list, command lines and memory map, in whole pages.
  public let startInfo: UInt64

  /// The address behind all of it.
  public var total: UInt64 { image.addingSaturated(modules).addingSaturated(startInfo) }
  /// The least memory for libxenguest, in KiB.
  public var kibibytes: UInt64 { total / 1024 }
  /// The least memory for libxl, which gives a PVH domain whole MiB only.
  public var mebibytes: UInt64 { total.addingSaturated((1 << 20) - 1) >> 20 }
}

extension MemoryNeed {
  /// Modules that libxenguest hands over at most; C name: `XG_MAX_MODULES`.
  static var moduleLimit: Int { 2 }
  /// Room for each module's own command line, kept whether used or not.
  ///
  /// C name: `HVMLOADER_MODULE_CMDLINE_SIZE`.
  private static var moduleCommandLine: Int { 1024 }
  /// More memory map entries than libxl makes: low and high memory, special pages, ACPI tables.
  private static var mapEntries: Int { 16 }

  /// Adds up in the order in which libxenguest allocates.
  ///
  /// The command line has a NUL and is rounded up to 8 bytes.
  init(imageEnd: UInt64, moduleBytes: [UInt64], commandLineBytes: UInt64) {
    let module = MemoryLayout<ModuleListEntry>.size + Self.moduleCommandLine
    let fixed =
      MemoryLayout<StartInfo>.size + Self.moduleLimit * module
      + Self.mapEntries * MemoryLayout<MemoryMapEntry>.size
    let commandLine = commandLineBytes.addingSaturated(8) / 8 * 8
    image = imageEnd.roundedUpToPage
    modules = moduleBytes.reduce(0) { $0.addingSaturated($1.roundedUpToPage) }
    startInfo = UInt64(fixed).addingSaturated(commandLine).roundedUpToPage
  }
}

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
}
