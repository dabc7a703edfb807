// SPDX-License-Identifier: Apache-2.0

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
  /// Whether symbols are loaded behind the image. C name: `XEN_ELFNOTE_BSD_SYMTAB`.
  public static var bsdSymbols: XenNoteType { XenNoteType(rawValue: 11) }
  /// Where a PV guest wants its list of frames. C name: `XEN_ELFNOTE_INIT_P2M`.
  public static var initP2M: XenNoteType { XenNoteType(rawValue: 15) }
  /// The 32-bit physical address where a PVH guest starts. C name: `XEN_ELFNOTE_PHYS32_ENTRY`.
  public static var pvhEntry: XenNoteType { XenNoteType(rawValue: 18) }
}
