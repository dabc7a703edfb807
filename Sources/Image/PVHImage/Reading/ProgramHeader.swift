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

extension ProgramHeader {
  /// A field of the table entry, to say at which file offset a wrong value stands.
  enum Field {
    case flags
    case fileOffset
    case physicalAddress
    case fileSize
    case memorySize
    case alignment

    func offset(in elfClass: ELFClass) -> UInt64 {
      switch (self, elfClass) {
      case (.flags, .bits64): 4
      case (.fileOffset, .bits64): 8
      case (.physicalAddress, .bits64): 24
      case (.fileSize, .bits64): 32
      case (.memorySize, .bits64): 40
      case (.fileOffset, .bits32): 4
      case (.physicalAddress, .bits32): 12
      case (.fileSize, .bits32): 16
      case (.memorySize, .bits32): 20
      case (.flags, .bits32): 24
      case (.alignment, .bits64): 48
      case (.alignment, .bits32): 28
      }
    }
  }

  /// The name people see: the type and the position in the table.
  var label: String {
    let kind =
      switch type {
      case .load: "PT_LOAD"
      case .note: "PT_NOTE"
      case .dynamic: "PT_DYNAMIC"
      case .interpreter: "PT_INTERP"
      default: "segment of type \(hex(UInt64(type.rawValue)))"
      }
    return "\(kind) #\(index)"
  }
}

/// The physical memory between an image's lowest and highest loaded address.
///
/// Xen rounds it to pages and zeroes it before it copies the segments.
public struct ImageExtent: Equatable, Sendable {
  /// The lowest physical address of a loaded segment.
  public let start: GuestPhysicalAddress
  /// The address behind the highest byte of a loaded segment.
  public let end: GuestPhysicalAddress

  /// Spans the segments that Xen loads; nil if there is none.
  init?(_ segments: [ProgramHeader]) {
    guard let start = segments.map(\.physicalAddress.rawValue).min(),
      let end = segments.map(\.physicalEnd.rawValue).max()
    else { return nil }
    self.start = GuestPhysicalAddress(rawValue: start)
    self.end = GuestPhysicalAddress(rawValue: end)
  }

  /// `end`, rounded up to a page.
  public var pageEnd: GuestPhysicalAddress {
    GuestPhysicalAddress(rawValue: end.rawValue.roundedUpToPage)
  }

  /// Bytes from `start` to `end`.
  public var size: UInt64 { end.rawValue - start.rawValue }

  /// Whether the address is in the extent.
  public func contains(_ address: GuestPhysicalAddress) -> Bool {
    (start.rawValue..<end.rawValue).contains(address.rawValue)
  }
}
