// SPDX-License-Identifier: Apache-2.0

/// Width of addresses in an ELF file; C names: `ELFCLASS32`, `ELFCLASS64`.
public enum ELFClass: UInt8, Sendable {
  /// Addresses have 32 bits.
  case bits32 = 1
  /// Addresses have 64 bits.
  case bits64 = 2

  /// Bytes in the file header; C name: `sizeof(Elf64_Ehdr)` or the 32-bit one.
  var headerSize: UInt64 { self == .bits64 ? 64 : 52 }
  /// Bytes in a program header; C name: `sizeof(Elf64_Phdr)` or the 32-bit one.
  var programHeaderSize: UInt64 { self == .bits64 ? 56 : 32 }
  /// Bytes in a section header; C name: `sizeof(Elf64_Shdr)` or the 32-bit one.
  var sectionHeaderSize: UInt64 { self == .bits64 ? 64 : 40 }
}

/// The processor an ELF file is for; C name: `e_machine`.
public struct ELFMachine: RawRepresentable, Hashable, Sendable {
  /// The number in the ELF header.
  public var rawValue: UInt16

  /// Wraps a number read from a file.
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// 32-bit x86; C name: `EM_386`.
  public static var i386: ELFMachine { ELFMachine(rawValue: 3) }
  /// 64-bit x86; C name: `EM_X86_64`.
  public static var x8664: ELFMachine { ELFMachine(rawValue: 62) }
}

/// What kind of ELF file it is; C name: `e_type`.
public struct ELFType: RawRepresentable, Hashable, Sendable {
  /// The number in the ELF header.
  public var rawValue: UInt16

  /// Wraps a number read from a file.
  public init(rawValue: UInt16) { self.rawValue = rawValue }

  /// Linked for fixed addresses, as an image must be; C name: `ET_EXEC`.
  public static var executable: ELFType { ELFType(rawValue: 2) }
  /// A shared object or a position-independent program; C name: `ET_DYN`.
  public static var shared: ELFType { ELFType(rawValue: 3) }
}

/// What a program header describes; C name: `p_type`.
public struct SegmentType: RawRepresentable, Hashable, Sendable {
  /// The number in the program header.
  public var rawValue: UInt32

  /// Wraps a number read from a file.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// Bytes to load; C name: `PT_LOAD`.
  public static var load: SegmentType { SegmentType(rawValue: 1) }
  /// What the dynamic linker needs; C name: `PT_DYNAMIC`.
  public static var dynamic: SegmentType { SegmentType(rawValue: 2) }
  /// The path of the dynamic linker; C name: `PT_INTERP`.
  public static var interpreter: SegmentType { SegmentType(rawValue: 3) }
  /// Notes; C name: `PT_NOTE`.
  public static var note: SegmentType { SegmentType(rawValue: 4) }
}

/// Permissions of a segment; C name: `p_flags`.
public struct SegmentFlags: OptionSet, Hashable, Sendable {
  /// The bits in the program header.
  public let rawValue: UInt32

  /// Wraps bits read from a file; unknown ones survive.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// C name: `PF_X`.
  public static var execute: SegmentFlags { SegmentFlags(rawValue: 1) }
  /// C name: `PF_W`.
  public static var write: SegmentFlags { SegmentFlags(rawValue: 2) }
  /// C name: `PF_R`.
  public static var read: SegmentFlags { SegmentFlags(rawValue: 4) }
  /// The three that Xen looks at: a PT_LOAD with none of them is not loaded.
  static let permissions: SegmentFlags = [.read, .write, .execute]
}

/// The fields that we use of a section header; C name: `Elf64_Shdr` (or the 32-bit one, widened).
struct SectionHeader {
  let index: Int
  /// C name: `sh_type`.
  let type: UInt32
  /// C name: `sh_offset`.
  let fileOffset: UInt64
  /// C name: `sh_size`.
  let size: UInt64
  /// The section with this one's strings; C name: `sh_link`.
  let link: UInt32
}
