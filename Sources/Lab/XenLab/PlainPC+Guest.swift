// SPDX-License-Identifier: Apache-2.0
public import SystemPackage

extension PlainPC {
  /// What the PC starts.
  public struct Guest: Sendable {
    /// An ELF file with a PVH note.
    public var image: FilePath
    /// Where QEMU finds its entry.
    public var entry: UInt32
    /// Start info and what it refers to, for `PVHFirmware.startInfoAddress`.
    public var startInfo: [UInt8]
    /// A file's bytes, and where in memory they go.
    public var module: (bytes: [UInt8], address: UInt64)?
    /// MiB.
    public var memory: Int
    /// Processors; all but the first wait for being started the PC's way.
    public var processors: Int

    /// Describes a guest.
    public init(
      image: FilePath, entry: UInt32, startInfo: [UInt8],
      module: (bytes: [UInt8], address: UInt64)?, memory: Int, processors: Int
    ) {
      self.image = image
      self.entry = entry
      self.startInfo = startInfo
      self.module = module
      self.memory = memory
      self.processors = processors
    }
  }
}
