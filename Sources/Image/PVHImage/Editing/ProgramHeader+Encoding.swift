// SPDX-License-Identifier: Apache-2.0

import CLibelf
import XenABI

extension ProgramHeader {
  /// The entry as it stands in a file of this class, as libelf writes it.
  func encoded(in elfClass: ELFClass) -> [UInt8] {
    switch elfClass {
    case .bits64:
      var header = Elf64_Phdr()
      header.p_type = type.rawValue
      header.p_flags = flags.rawValue
      header.p_offset = fileOffset
      header.p_vaddr = virtualAddress
      header.p_paddr = physicalAddress.rawValue
      header.p_filesz = fileSize
      header.p_memsz = memorySize
      header.p_align = alignment
      return Self.translate(&header, elf64_xlatetof)
    case .bits32:
      var header = Elf32_Phdr()
      header.p_type = type.rawValue
      header.p_flags = flags.rawValue
      header.p_offset = UInt32(truncatingIfNeeded: fileOffset)
      header.p_vaddr = UInt32(truncatingIfNeeded: virtualAddress)
      header.p_paddr = UInt32(truncatingIfNeeded: physicalAddress.rawValue)
      header.p_filesz = UInt32(truncatingIfNeeded: fileSize)
      header.p_memsz = UInt32(truncatingIfNeeded: memorySize)
      header.p_align = UInt32(truncatingIfNeeded: alignment)
      return Self.translate(&header, elf32_xlatetof)
    }
  }

  private typealias Translation = (
    UnsafeMutablePointer<Elf_Data>?, UnsafePointer<Elf_Data>?, UInt32
  ) -> UnsafeMutablePointer<Elf_Data>?

  private static func translate<Header>(
    _ header: inout Header, _ translation: Translation
  ) -> [UInt8] {
    withUnsafeMutableBytes(of: &header) { source in
      [UInt8](unsafeUninitializedCapacity: source.count) { target, count in
        // SAFETY: both descriptors say the size of the memory behind their pointers.
        var from = Elf_Data()
        from.d_buf = source.baseAddress
        from.d_type = ELF_T_PHDR
        from.d_version = UInt32(EV_CURRENT)
        from.d_size = source.count
        var to = from
        to.d_buf = UnsafeMutableRawPointer(target.baseAddress)
        let result = translation(&to, &from, UInt32(ELFDATA2LSB))
        precondition(result != nil, "libelf knows program headers")
        count = source.count
      }
    }
  }
}
