// SPDX-License-Identifier: Apache-2.0

public import XenABI

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
