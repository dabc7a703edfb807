// SPDX-License-Identifier: Apache-2.0

/// Looks for a PHYS32_ENTRY note that is in a PT_NOTE, but not where stepping from note to note
/// leads.
enum HiddenNote {
  /// More of a segment than this is not searched.
  private static var searchedSize: UInt64 { 1 << 16 }

  /// The note's file offset.
  static func offset(
    in segment: ProgramHeader, of file: borrowing ImageFile
  ) throws(ImageError) -> UInt64? {
    let count = Int(min(segment.fileSize, searchedSize))
    let bytes = try file.bytes(at: segment.fileOffset, count: count)
    // The sizes of owner and descriptor, the type, the owner.
    let note: [UInt8] = [4, 0, 0, 0, 4, 0, 0, 0, 18, 0, 0, 0, 0x58, 0x65, 0x6e, 0]
    for start in stride(from: 0, through: bytes.count - note.count, by: 4)
    where bytes[start] == 4 && bytes[start..<start + note.count].elementsEqual(note) {
      return segment.fileOffset + UInt64(start)
    }
    return nil
  }
}
