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

  // MARK: For domains of which nobody says how much they get

  /// MiB of memory that a domain gets of which nobody has said more.
  private static var usualMebibytes: UInt64 { 16 }
  /// MiB that a guest should have for itself beside what the domain builder fills.
  private static var ownMebibytes: UInt64 { 8 }
  /// The same for Linux, which needs 13 to get to its first program.
  private static var ownMebibytesOfLinux: UInt64 { 32 }
  /// What an initial RAM disk grows to when Linux unpacks it: drivers that gzip packs to a quarter, xz
  /// packs to a sixth.
  private static var unpackingFactor: UInt64 { 6 }
  /// What Linux wants for each byte of it, since a file system in memory takes half of that at most.
  ///
  /// Source: Linux, `init/do_mounts.c` `init_rootfs`, `mm/shmem.c` `shmem_default_max_blocks`.
  private static var memoryPerFileByte: UInt64 { 2 }
  /// More MiB than any domain can have: 16 TiB.
  private static var mostMebibytes: UInt64 { 1 << 24 }

  /// The memory in MiB for a domain of which nobody says how much it gets: what the image's manifest
  /// wishes, or else needs; without either 16 MiB; and enough for the domain builder in any case, and for
  /// Linux to unpack its initial RAM disk.
  ///
  /// - Parameters:
  ///   - moduleBytes: The modules' sizes. Up to Xen 4.19 a gzip module counts unpacked.
  ///   - commandLineBytes: The command line's length without its NUL.
  /// - Returns: A whole number of MiB; for absurd wishes one more than any domain can have.
  public func usualMemory(moduleBytes: [UInt64] = [], commandLineBytes: UInt64 = 0) -> UInt64 {
    let need = memoryNeed(moduleBytes: moduleBytes, commandLineBytes: commandLineBytes)
    let needed = need?.mebibytes ?? 0
    guard case .present(let manifest) = manifest,
      let wished = manifest.wishedMemoryKiB ?? manifest.leastMemoryKiB
    else {
      guard isLinux else {
        return max(Self.usualMebibytes, needed.addingSaturated(Self.ownMebibytes))
      }
      let (bytes, isHuge) = moduleBytes.reduce(UInt64(0)) { $0.addingSaturated($1) }
        .multipliedReportingOverflow(by: Self.unpackingFactor * Self.memoryPerFileByte)
      return needed.addingSaturated(Self.ownMebibytesOfLinux)
        .addingSaturated(isHuge ? .max : bytes.addingSaturated((1 << 20) - 1) >> 20)
    }
    return min(max(wished.addingSaturated(1023) / 1024, needed), Self.mostMebibytes + 1)
  }

  /// Whether the image is a Linux kernel: it says so in a note, or is in one of Linux's boot images.
  private var isLinux: Bool {
    if case .bzImage = packing { return true }
    return guestOS == "linux"
  }
}
