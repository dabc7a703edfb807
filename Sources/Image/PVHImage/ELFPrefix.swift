// SPDX-License-Identifier: Apache-2.0

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
