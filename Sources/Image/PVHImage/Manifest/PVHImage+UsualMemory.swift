// SPDX-License-Identifier: Apache-2.0

extension PVHImage {
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
