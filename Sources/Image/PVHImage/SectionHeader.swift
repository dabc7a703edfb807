// SPDX-License-Identifier: Apache-2.0

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
