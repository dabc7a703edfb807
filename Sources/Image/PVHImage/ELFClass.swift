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
