// SPDX-License-Identifier: Apache-2.0

import CHostLibelf
import Glibc  // Swift finds the types of elf.h in this module or in that one.
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

/// The start of a file, checked before libelf sees it: that it is an ELF file of a form we know,
/// and that its header tables lie within the file.
///
/// libelf would silently do without a table that does not, whereas Xen refuses the image.
struct ELFPrefix {
  let elfClass: ELFClass
  /// Whether section headers have the size that libelf takes for granted.
  let hasReadableSections: Bool

  init(of file: borrowing ImageFile) throws(ImageError) {
    let bytes = try file.bytes(at: 0, count: 64)
    if let problem = Finding.notELF(bytes) ?? Finding.unsupported(identity: bytes) {
      throw ImageError(file: file.name, finding: problem)
    }
    elfClass = bytes.count > 4 && bytes[4] == ELFClass.bits32.rawValue ? .bits32 : .bits64
    guard UInt64(bytes.count) >= elfClass.headerSize else {
      let need = HeaderTable(kind: .file, offset: 0, entrySize: elfClass.headerSize, count: 1)
      throw ImageError(file: file.name, finding: need.truncated(fileSize: file.size))
    }
    let programs = HeaderTable(.program, elfClass, bytes)
    let sections = HeaderTable(.section, elfClass, bytes)
    hasReadableSections = sections.count == 0 || sections.entrySize == elfClass.sectionHeaderSize
    let problem =
      programs.problem(fileSize: file.size) ?? sections.problem(fileSize: file.size)
      ?? programs.unusualEntries(elfClass)
    if let problem { throw ImageError(file: file.name, finding: problem) }
    if sections.count == 0, sections.offset != 0 {
      try Self.checkExtendedCount(of: sections, elfClass, in: file)
    }
  }

  /// An ELF file with more than 65279 sections keeps their number in the first section header.
  ///
  /// libelf would believe it and allocate accordingly.
  private static func checkExtendedCount(
    of sections: HeaderTable, _ elfClass: ELFClass, in file: borrowing ImageFile
  ) throws(ImageError) {
    let field = sections.offset.addingSaturated(elfClass == .bits64 ? 32 : 20)
    let bytes = try file.bytes(at: field, count: elfClass == .bits64 ? 8 : 4)
    let count = bytes.littleEndian(at: 0, count: bytes.count)
    guard count > UInt64(UInt16.max) else { return }
    throw ImageError(
      file: file.name,
      finding: Finding(
        .unsupportedELF, "has an extended section count of \(count)", offset: field,
        remedy: "Link the image without a section per function, or strip it."))
  }
}

/// Where the ELF header says that a table of headers is.
struct HeaderTable {
  enum Kind: String {
    case file = "ELF header"
    case program = "program header table"
    case section = "section header table"
  }

  let kind: Kind
  let offset: UInt64
  let entrySize: UInt64
  let count: UInt64
  /// Where the ELF header says so.
  var fieldOffset: UInt64 = 0
}

extension HeaderTable {
  /// Reads the three fields that describe a table from the ELF header's bytes.
  init(_ kind: Kind, _ elfClass: ELFClass, _ header: [UInt8]) {
    let isWide = elfClass == .bits64
    let isProgram = kind == .program
    let width = isWide ? 8 : 4
    let offsetField = isWide ? (isProgram ? 32 : 40) : (isProgram ? 28 : 32)
    let sizeField = (isWide ? 54 : 42) + (isProgram ? 0 : 4)
    self.kind = kind
    offset = header.littleEndian(at: offsetField, count: width)
    entrySize = header.littleEndian(at: sizeField, count: 2)
    count = header.littleEndian(at: sizeField + 2, count: 2)
    fieldOffset = UInt64(offsetField)
  }

  /// The finding if the table passes the end of the file.
  ///
  /// Xen refuses that even for an empty one.
  func problem(fileSize: UInt64) -> Finding? {
    offset.addingSaturated(entrySize * count) > fileSize ? truncated(fileSize: fileSize) : nil
  }

  /// The finding for a table that passes the end of the file.
  func truncated(fileSize: UInt64) -> Finding {
    Finding(
      .truncatedELF,
      "is cut short: the \(kind.rawValue) needs \(counted(entrySize * count, "byte")) at "
        + "\(hex(offset)), the file has \(counted(fileSize, "byte"))",
      offset: fieldOffset)
  }

  /// The finding if the entries are not those of this class, or if the count is the escape value
  /// that Xen does not know; C name: `PN_XNUM`.
  func unusualEntries(_ elfClass: ELFClass) -> Finding? {
    let countField: UInt64 = elfClass == .bits64 ? 56 : 44
    if count == UInt64(UInt16.max) {
      return Finding(
        .unsupportedELF, "announces 65535 or more program headers", offset: countField,
        remedy: "Link the image with fewer segments.")
    }
    guard count > 0, entrySize != elfClass.programHeaderSize else { return nil }
    return Finding(
      .unsupportedELF,
      "has program headers of \(counted(entrySize, "byte")) instead of "
        + "\(elfClass.programHeaderSize)",
      offset: countField - 2, remedy: "Link the image again; no linker writes this.")
  }
}
