// SPDX-License-Identifier: Apache-2.0

public import XenABI

/// One entry of the program header table; C name: `Elf64_Phdr` (or the 32-bit one, widened).
public struct ProgramHeader: Equatable, Sendable {
  /// The position in the table, from 0.
  public let index: Int
  /// The file offset of this table entry itself.
  public let headerOffset: UInt64
  /// C name: `p_type`.
  public let type: SegmentType
  /// C name: `p_flags`.
  public let flags: SegmentFlags
  /// The file offset of the segment's bytes; C name: `p_offset`.
  public let fileOffset: UInt64
  /// Where the program believes to be once it has page tables; C name: `p_vaddr`.
  public let virtualAddress: UInt64
  /// Where Xen puts the segment; C name: `p_paddr`.
  public let physicalAddress: GuestPhysicalAddress
  /// Bytes in the file; C name: `p_filesz`.
  public let fileSize: UInt64
  /// Bytes in memory; what the file does not give is zero; C name: `p_memsz`.
  public let memorySize: UInt64
  /// C name: `p_align`.
  public let alignment: UInt64

  /// Whether Xen loads it: PT_LOAD, and at least one of read, write and execute.
  public var isLoaded: Bool {
    type == .load && !flags.isDisjoint(with: .permissions)
  }

  /// Whether the physical address plus the memory size does not fit into 64 bits.
  public var wraps: Bool {
    physicalAddress.rawValue.addingReportingOverflow(memorySize).overflow
  }

  /// The address behind the last byte, or the largest address if it wraps.
  public var physicalEnd: GuestPhysicalAddress {
    GuestPhysicalAddress(rawValue: physicalAddress.rawValue.addingSaturated(memorySize))
  }

  /// Whether a byte that the file gives is loaded at the address.
  public func loadsFileByte(at address: GuestPhysicalAddress) -> Bool {
    isLoaded && address.rawValue >= physicalAddress.rawValue
      && address.rawValue - physicalAddress.rawValue < fileSize
  }
}
