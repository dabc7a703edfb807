// SPDX-License-Identifier: Apache-2.0

/// Everything that a PVH guest is told at its start: the start info, and what it refers to.
///
/// C names: `struct hvm_start_info`, `hvm_modlist_entry`, `hvm_memmap_table_entry`.
public struct StartInfoRecord: Equatable, Sendable {
  /// One file handed to the guest.
  public struct Module: Equatable, Sendable {
    /// Guest-physical address of the first byte.
    public var address: UInt64
    /// Bytes.
    public var size: UInt64
    /// The module's own command line, without its NUL.
    public var commandLine: [UInt8]?

    /// A module from its parts.
    public init(address: UInt64, size: UInt64, commandLine: [UInt8]? = nil) {
      self.address = address
      self.size = size
      self.commandLine = commandLine
    }
  }

  /// One range of the guest's memory.
  public struct Range: Equatable, Sendable {
    /// Guest-physical address of the first byte.
    public var address: UInt64
    /// Bytes.
    public var size: UInt64
    /// What is there; C name: `XEN_HVM_MEMMAP_TYPE_*`, which are ACPI's.
    public var kind: UInt32

    /// A range from its parts.
    public init(address: UInt64, size: UInt64, kind: UInt32) {
      self.address = address
      self.size = size
      self.kind = kind
    }
  }

  /// 0, or 1 with a memory map; later versions are read as 1.
  public var version: UInt32
  /// `SIF_*` bits; 1 is the control domain, 2 the initial domain.
  public var flags: UInt32 = 0
  /// The command line, without its NUL.
  public var commandLine: [UInt8]?
  /// Files handed to the guest.
  public var modules: [Module] = []
  /// Address of ACPI's root pointer, 0 if there is none.
  public var rsdpAddress: UInt64 = 0
  /// The memory map; always empty in version 0.
  public var memoryMap: [Range] = []

  /// An empty record.
  public init(version: UInt32 = 1) { self.version = version }
}

/// Why bytes are no start info.
public enum StartInfoError: Error, Equatable, Sendable {
  /// The magic is another one, or there are too few bytes for one.
  case noMagic(found: UInt32?)
  /// What is at this address is not among the bytes.
  case missing(String, address: UInt64)
  /// There are more entries than any builder makes.
  case tooMany(String, count: UInt32)
}

extension StartInfoError: CustomStringConvertible {
  /// The fact, with what was seen.
  public var description: String {
    switch self {
    case .noMagic(let found?):
      "it begins with 0x\(String(found, radix: 16)), start info with 0x336ec578"
    case .noMagic(nil): "it is too short for start info"
    case .missing(let what, let address):
      "the \(what) at 0x\(String(address, radix: 16)) is not among the bytes"
    case .tooMany(let what, let count): "it announces \(count) \(what)"
    }
  }
}
