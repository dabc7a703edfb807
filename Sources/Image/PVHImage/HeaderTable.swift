// SPDX-License-Identifier: Apache-2.0

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
