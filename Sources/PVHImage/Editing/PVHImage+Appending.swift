// SPDX-License-Identifier: Apache-2.0

import XenABI

extension PVHImage {
  /// Puts a note at the end of the file, and behind it the program headers with one more for the note:
  /// nothing else has to move.
  func appending(
    _ note: NoteBytes, position: Int, to patch: ImagePatch
  ) throws(EditError) -> ImagePatch {
    // The largest count means something else; C name: `PN_XNUM`.
    guard programHeaders.count < Int(UInt16.max) - 1 else { throw .tooManyHeaders }
    var patch = patch
    let start = (fileSize + 7) & ~7
    patch.appended = [UInt8](repeating: 0, count: Int(start - fileSize)) + note.bytes
    let table = (start + UInt64(note.bytes.count) + 7) & ~7
    patch.appended += [UInt8](repeating: 0, count: Int(table - fileSize) - patch.appended.count)
    var headers = programHeaders
    headers.insert(
      ProgramHeader(
        index: position, headerOffset: 0, type: .note, flags: .read, fileOffset: start,
        virtualAddress: 0, physicalAddress: GuestPhysicalAddress(rawValue: 0),
        fileSize: UInt64(note.bytes.count), memorySize: UInt64(note.bytes.count), alignment: 4),
      at: position)
    patch.appended += headers.flatMap { $0.encoded(in: elfClass) }
    let isWide = elfClass == .bits64
    patch.replacements[isWide ? 32 : 28] = littleEndian(table, isWide ? 8 : 4)
    patch.replacements[isWide ? 54 : 42] =
      littleEndian(elfClass.programHeaderSize, 2) + littleEndian(UInt64(headers.count), 2)
    return patch
  }
}
