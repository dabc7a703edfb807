// SPDX-License-Identifier: Apache-2.0

import CLibelf
import XenABI

/// An ELF file through libelf, which reads the headers when they are asked for.
struct ELFReader: ~Copyable {
  /// Owned here, because libelf reads from its descriptor until `elf_end`.
  let file: ImageFile
  let prefix: ELFPrefix
  let handle: OpaquePointer

  private init(file: consuming ImageFile, prefix: ELFPrefix, handle: OpaquePointer) {
    self.file = file
    self.prefix = prefix
    self.handle = handle
  }

  static func open(_ file: consuming ImageFile) throws(ImageError) -> ELFReader {
    let prefix = try ELFPrefix(of: file)
    // Announces the header version that this code was compiled for; later calls change nothing.
    elf_version(UInt32(EV_CURRENT))
    guard let handle = elf_begin(file.descriptor, ELF_C_READ, nil) else {
      throw ImageError(file: file.name, finding: .libelfRefuses)
    }
    return ELFReader(file: file, prefix: prefix, handle: handle)
  }

  deinit { elf_end(handle) }

  /// The ELF header in its wide form.
  func header() throws(ImageError) -> GElf_Ehdr {
    var header = GElf_Ehdr()
    guard gelf_getehdr(handle, &header) != nil else {
      throw ImageError(file: file.name, finding: .libelfRefuses)
    }
    return header
  }

  /// The whole program header table.
  func programHeaders(_ header: GElf_Ehdr) throws(ImageError) -> [ProgramHeader] {
    var result: [ProgramHeader] = []
    result.reserveCapacity(Int(header.e_phnum))
    for index in 0..<Int(header.e_phnum) {
      var entry = GElf_Phdr()
      guard gelf_getphdr(handle, CInt(index), &entry) != nil else {
        throw ImageError(file: file.name, finding: .libelfRefuses)
      }
      result.append(
        ProgramHeader(
          index: index,
          headerOffset: header.e_phoff + UInt64(index) * prefix.elfClass.programHeaderSize,
          type: SegmentType(rawValue: entry.p_type), flags: SegmentFlags(rawValue: entry.p_flags),
          fileOffset: entry.p_offset, virtualAddress: entry.p_vaddr,
          physicalAddress: GuestPhysicalAddress(rawValue: entry.p_paddr),
          fileSize: entry.p_filesz, memorySize: entry.p_memsz, alignment: entry.p_align))
    }
    return result
  }

  /// The section header table without its first, empty entry.
  func sectionHeaders(_ header: GElf_Ehdr) -> [SectionHeader] {
    guard prefix.hasReadableSections, header.e_shnum > 1 else { return [] }
    return (1..<Int(header.e_shnum)).compactMap { index in
      var entry = GElf_Shdr()
      guard let section = elf_getscn(handle, index), gelf_getshdr(section, &entry) != nil else {
        return nil
      }
      return SectionHeader(
        index: index, type: entry.sh_type, fileOffset: entry.sh_offset, size: entry.sh_size,
        link: entry.sh_link)
    }
  }
}

extension Finding {
  /// libelf said no to something that the checks before it let pass; its own text tells what.
  static var libelfRefuses: Finding {
    // SAFETY: libelf returns a constant NUL-terminated text, or nil if there was no error.
    let text = elf_errmsg(-1).map { String(cString: $0) } ?? "unknown reason"
    return Finding(
      .unsupportedELF, "is refused by libelf: \(text)",
      remedy: "Link the image again; readelf -h shows what its header says.")
  }
}
