// SPDX-License-Identifier: Apache-2.0

import CHostLibelf
import Glibc
import XenABI

extension PVHImage {
  /// Reads the image at a path.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - symbols: Whether to read the symbol table too, which `validateBuilt()` asks for.
  /// - Throws: An error if the file is not a complete ELF file.
  public init(contentsOf path: String, symbols: Bool = false) throws(ImageError) {
    try self.init(packed: ImageFile.open(path), symbols: symbols)
  }

  /// Reads the image in an open file, which stays open and keeps its position.
  ///
  /// - Parameters:
  ///   - descriptor: A descriptor of a regular file, open for reading.
  ///   - name: What errors call the file.
  ///   - symbols: Whether to read the symbol table too, which `validateBuilt()` asks for.
  /// - Throws: An error if the file is not a complete ELF file.
  public init(
    descriptor: CInt, name: String, symbols: Bool = false
  ) throws(ImageError) {
    try self.init(packed: ImageFile.borrow(descriptor, name: name), symbols: symbols)
  }

  /// The ELF file inside a packed one, in memory.
  ///
  /// - Returns: A descriptor, which is the caller's to close; nil if the file is not packed.
  /// - Throws: An error if it cannot be read or unpacked.
  public static func unpackedFile(_ path: String) throws(ImageError) -> CInt? {
    let file = try ImageFile.open(path)
    guard let part = try PackedPart(of: file) else { return nil }
    let inside = try file.unpacked(part)
    let descriptor = withExtendedLifetime(inside) { dup(inside.descriptor) }
    guard descriptor >= 0 else {
      throw ImageError(file: path, finding: .notRead(errno, offset: nil))
    }
    return descriptor
  }

  private init(packed file: consuming ImageFile, symbols: Bool) throws(ImageError) {
    if let part = try PackedPart(of: file) {
      let unpacked = try file.unpacked(part)
      do throws(ImageError) {
        try self.init(unpacked, part.packing, symbols: symbols)
      } catch {
        // Its offsets count from where the unpacked content begins.
        throw ImageError(file: "\(error.file), unpacked", finding: error.finding)
      }
    } else {
      try self.init(file, .none, symbols: symbols)
    }
  }

  private init(
    _ file: consuming ImageFile, _ packing: Packing, symbols wantsSymbols: Bool
  ) throws(ImageError) {
    let reader = try ELFReader.open(file)
    let header = try reader.header()
    let programHeaders = try reader.programHeaders(header)
    let sections = reader.sectionHeaders(header)

    var inSegments = NoteWalk()
    // Some linkers leave the file offset of a PT_NOTE at zero; Xen skips such a one.
    for segment in programHeaders where segment.type == .note && segment.fileOffset != 0 {
      try inSegments.read(
        .programHeader(segment.index), from: segment.fileOffset, size: segment.fileSize,
        of: reader.file)
    }
    var forQEMU = QEMUNoteWalk()
    for segment in programHeaders where segment.type == .note {
      try forQEMU.read(segment, of: reader.file)
    }
    var inSections = NoteWalk()
    for section in sections where section.type == UInt32(SHT_NOTE) {
      try inSections.read(
        .section(section.index), from: section.fileOffset, size: section.size, of: reader.file)
    }

    self.file = reader.file.name
    self.packing = packing
    fileSize = reader.file.size
    elfClass = reader.prefix.elfClass
    machine = ELFMachine(rawValue: header.e_machine)
    flags = header.e_flags
    type = ELFType(rawValue: header.e_type)
    elfEntry = header.e_entry
    self.programHeaders = programHeaders
    notes = inSegments.notes
    sectionNotes = inSections.notes
    var hidden: UInt64?
    if !notes.contains(where: \.isPVHEntry) {
      for segment in programHeaders where segment.type == .note && segment.fileOffset != 0 {
        hidden = try HiddenNote.offset(in: segment, of: reader.file)
        if hidden != nil { break }
      }
    }
    hiddenNoteOffset = hidden
    qemuEntry = forQEMU.entry
    multibootOffset = try MultibootHeader.offset(in: reader.file)
    let xenNotes = notes.contains(where: \.isXen) ? notes : sectionNotes
    let entry = xenNotes.last(where: \.isPVHEntry).map { PVHEntry($0).address }
    symbols = wantsSymbols ? reader.symbols(in: sections, entry: entry) : .notRead
    findingsWhileReading =
      inSegments.findings
      + (reader.prefix.hasReadableSections ? [] : [.sectionEntrySize(header, elfClass)])
  }
}

extension Finding {
  fileprivate static func sectionEntrySize(_ header: GElf_Ehdr, _ elfClass: ELFClass) -> Finding {
    Finding(
      .sectionEntrySize,
      "has section headers of \(counted(header.e_shentsize, "byte")), which were not read",
      offset: elfClass == .bits64 ? 58 : 46)
  }
}
