// SPDX-License-Identifier: Apache-2.0

public import XenABI

/// An ELF note with its exact place; C name: `Elf64_Nhdr` and what follows it.
public struct ImageNote: Equatable, Sendable {
  /// What contains a note.
  public enum Place: Hashable, Sendable {
    /// A PT_NOTE, by its position in the program header table.
    case programHeader(Int)
    /// A section of type SHT_NOTE, by its position in the section header table.
    case section(Int)
  }

  /// What contains the note.
  public let place: Place
  /// The file offset of the note's header.
  public let offset: UInt64
  /// The owner's name up to its NUL, at most 64 bytes of it.
  public let owner: String
  /// The owner's size as the note says it, with the NUL; C name: `n_namesz`.
  public let ownerSize: UInt32
  /// Whether Xen takes the note for its own: the bytes where the owner stands are "Xen" and NUL.
  public let isXen: Bool
  /// The type; what it means depends on the owner; C name: `n_type`.
  public let type: UInt32
  /// The file offset of the descriptor.
  public let descriptorOffset: UInt64
  /// The descriptor's size as the note says it; C name: `n_descsz`.
  public let descriptorSize: UInt32
  /// The descriptor, at most `descriptorLimit` bytes of it, fewer if the file ends before.
  public let descriptor: [UInt8]

  /// More bytes of a descriptor than this are not kept.
  public static var descriptorLimit: Int { 1024 }

  /// The type, if Xen is the owner.
  public var xenType: XenNoteType? { isXen ? XenNoteType(rawValue: type) : nil }

  /// The descriptor as Xen reads it where a number should be: little-endian, and 0 unless it has 1,
  /// 2, 4 or 8 bytes.
  ///
  /// Source: `elf_note_numeric` in `xen/common/libelf/libelf-tools.c`.
  public var number: UInt64 {
    let size = Int(descriptorSize)
    return Self.numberSizes.contains(size) ? descriptor.littleEndian(at: 0, count: size) : 0
  }

  /// Descriptor sizes that Xen reads as a number.
  static var numberSizes: [Int] { [1, 2, 4, 8] }

  /// Whether it is Xen's PHYS32_ENTRY.
  public var isPVHEntry: Bool { xenType == .pvhEntry }
}

extension ImageNote.Place {
  /// The name people see.
  var label: String {
    switch self {
    case .programHeader(let index): "PT_NOTE #\(index)"
    case .section(let index): "note section #\(index)"
    }
  }
}

extension XenNoteType {
  /// Xen's name for the type, without `XEN_ELFNOTE_`; nil if `elfnote.h` has none.
  public var name: String? {
    switch rawValue {
    case 0x100_0001: "CRASH_INFO"
    case 0x100_0002: "CRASH_REGS"
    case 0x200_0000: "DUMPCORE_NONE"
    case 0x200_0001: "DUMPCORE_HEADER"
    case 0x200_0002: "DUMPCORE_XEN_VERSION"
    case 0x200_0003: "DUMPCORE_FORMAT_VERSION"
    case let type where type < UInt32(Self.names.count): Self.names[Int(type)]
    default: nil
    }
  }

  /// Whether the descriptor is text; that of the others is a number, or nothing.
  public var isText: Bool { [5, 6, 7, 8, 9, 10, 11].contains(rawValue) }

  private static let names = [
    "INFO", "ENTRY", "HYPERCALL_PAGE", "VIRT_BASE", "PADDR_OFFSET", "XEN_VERSION", "GUEST_OS",
    "GUEST_VERSION", "LOADER", "PAE_MODE", "FEATURES", "BSD_SYMTAB", "HV_START_LOW",
    "L1_MFN_VALID", "SUSPEND_CANCEL", "INIT_P2M", "MOD_START_PFN", "SUPPORTED_FEATURES",
    "PHYS32_ENTRY", "PHYS32_RELOC",
  ]
}
