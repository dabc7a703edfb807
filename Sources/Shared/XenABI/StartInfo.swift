// SPDX-License-Identifier: Apache-2.0

/// What the domain builder tells a PVH guest, read from guest memory at the address in EBX.
/// C name: `struct hvm_start_info` in `xen/include/public/arch-x86/hvm/start_info.h`.
public struct StartInfo: BitwiseCopyable, Sendable {
  /// Always `StartInfo.expectedMagic`. C name: `magic`.
  public var magic: UInt32 = 0
  /// Layout version, "at least": newer ones only add fields. C name: `version`.
  public var version: UInt32 = 0
  /// `SIF_*` bits. C name: `flags`.
  public var flags: UInt32 = 0
  /// Entries in the module list. C name: `nr_modules`.
  public var moduleCount: UInt32 = 0
  /// Address of the module list, 0 if there is none. C name: `modlist_paddr`.
  public var moduleListAddress: UInt64 = 0
  /// Address of a NUL-terminated string, 0 if there is none. C name: `cmdline_paddr`.
  public var commandLineAddress: UInt64 = 0
  /// Address of the ACPI RSDP, 0 if there is none. C name: `rsdp_paddr`.
  public var rsdpAddress: UInt64 = 0
  /// Address of the memory map, only from version 1. C name: `memmap_paddr`.
  public var memoryMapAddress: UInt64 = 0
  /// Entries in the memory map, only from version 1. C name: `memmap_entries`.
  public var memoryMapCount: UInt32 = 0
  private var reserved: UInt32 = 0

  /// An empty value; version 0 leaves the memory map fields at zero.
  public init() {}

  /// The value of `magic`: "xEn3" with the high bit set. C name: `XEN_HVM_START_MAGIC_VALUE`.
  public static var expectedMagic: UInt32 { 0x336e_c578 }
  /// Bytes of a version 0 structure: all up to the memory map's address.
  public static var version0Size: Int { 40 }
}

/// One file handed to the guest. C name: `struct hvm_modlist_entry`.
public struct ModuleListEntry: BitwiseCopyable, Sendable {
  /// Address of the first byte. C name: `paddr`.
  public var address: UInt64 = 0
  /// Bytes. C name: `size`.
  public var size: UInt64 = 0
  /// Address of the module's own command line, 0 if there is none. C name: `cmdline_paddr`.
  public var commandLineAddress: UInt64 = 0
  private var reserved: UInt64 = 0

  /// An empty value.
  public init() {}
}

/// One range of the guest's memory. C name: `struct hvm_memmap_table_entry`.
public struct MemoryMapEntry: BitwiseCopyable, Sendable {
  /// Address of the first byte. C name: `addr`.
  public var address: UInt64 = 0
  /// Bytes. C name: `size`.
  public var size: UInt64 = 0
  /// What is there. C name: `type` (`XEN_HVM_MEMMAP_TYPE_*`).
  public var kind: UInt32 = 0
  private var reserved: UInt32 = 0

  /// An empty value.
  public init() {}

  /// Usable memory. C name: `XEN_HVM_MEMMAP_TYPE_RAM`.
  public static var ram: UInt32 { 1 }
}

/// Types of ELF notes with owner "Xen". C names: `XEN_ELFNOTE_*` in `elfnote.h`.
public struct XenNoteType: RawRepresentable, Hashable, Sendable {
  /// The number in the note's type field.
  public var rawValue: UInt32

  /// Wraps a note type read from a file.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Where a PV guest's virtual addresses begin. C name: `XEN_ELFNOTE_VIRT_BASE`.
  public static var virtBase: XenNoteType { XenNoteType(rawValue: 3) }
  /// What a PV image's physical addresses are too large by. C name: `XEN_ELFNOTE_PADDR_OFFSET`.
  public static var paddrOffset: XenNoteType { XenNoteType(rawValue: 4) }
  /// What a PV guest's text notes say of the system. C name: `XEN_ELFNOTE_GUEST_OS`.
  public static var guestOS: XenNoteType { XenNoteType(rawValue: 6) }
  /// Features of Xen that the image uses or requires, as text. C name: `XEN_ELFNOTE_FEATURES`.
  public static var features: XenNoteType { XenNoteType(rawValue: 10) }
  /// Whether symbols are loaded after the image. C name: `XEN_ELFNOTE_BSD_SYMTAB`.
  public static var bsdSymbols: XenNoteType { XenNoteType(rawValue: 11) }
  /// Where a PV guest wants its list of frames. C name: `XEN_ELFNOTE_INIT_P2M`.
  public static var initP2M: XenNoteType { XenNoteType(rawValue: 15) }
  /// The 32-bit physical address where a PVH guest starts. C name: `XEN_ELFNOTE_PHYS32_ENTRY`.
  public static var pvhEntry: XenNoteType { XenNoteType(rawValue: 18) }
}
