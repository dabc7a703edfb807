// SPDX-License-Identifier: Apache-2.0

import XenABI

/// What to do with an image's PHYS32_ENTRY note.
public enum NoteEdit: Equatable, Sendable {
  /// Give an image without one a note.
  case add(EntryPlace)
  /// Change the entry in the note; an unusable note is removed, and a good one added.
  case replace(EntryPlace)
  /// Take the note away.
  case remove
}

extension PVHImage {
  /// The changes for an edit; `symbol` looks up a symbol's value.
  func patch(
    for edit: NoteEdit, symbol: (String) throws(EditError) -> UInt64
  ) throws(EditError) -> ImagePatch {
    let old = (notes + sectionNotes).filter(\.isPVHEntry)
    switch edit {
    case .add(let place):
      if let entry { throw .hasNote(entry: entry.address.rawValue) }
      return try added(physicalAddress(of: place, symbol: symbol), over: removal(of: old))
    case .replace(let place):
      guard !old.isEmpty else { throw .noNote }
      let address = try physicalAddress(of: place, symbol: symbol)
      guard let note = only(old), note.descriptorSize == 4 else {
        return try added(address, over: removal(of: old))
      }
      return ImagePatch(replacements: [note.descriptorOffset: littleEndian(UInt64(address), 4)])
    case .remove:
      guard !old.isEmpty else { throw .noNote }
      return removal(of: old)
    }
  }

  /// The one note, if it is in a segment and no other is anywhere else in the file.
  private func only(_ old: [ImageNote]) -> ImageNote? {
    guard let note = notes.first(where: \.isPVHEntry), note == entry?.note,
      old.allSatisfy({ $0.offset == note.offset })
    else { return nil }
    return note
  }

  /// Takes away owner and type of each note: what is left means nothing to anybody, and its
  /// neighbours are still found.
  private func removal(of old: [ImageNote]) -> ImagePatch {
    var patch = ImagePatch()
    for note in old {
      // The type, and the four bytes of the owner behind it.
      patch.replacements[note.offset + 8] = [UInt8](repeating: 0, count: 8)
    }
    return patch
  }

  /// Puts a note of its own at the end of the file, and behind it the program headers with one more,
  /// which is the first: nothing else has to move.
  private func added(
    _ address: UInt32, over patch: ImagePatch
  ) throws(EditError) -> ImagePatch {
    // The largest count means something else; C name: `PN_XNUM`.
    guard programHeaders.count < Int(UInt16.max) - 1 else { throw .tooManyHeaders }
    var patch = patch
    let start = (fileSize + 7) & ~7
    let note = NoteBytes(
      owner: "Xen", type: .pvhEntry, descriptor: littleEndian(UInt64(address), 4))
    patch.appended = [UInt8](repeating: 0, count: Int(start - fileSize)) + note.bytes
    patch.appended += [UInt8](repeating: 0, count: -patch.appended.count & 7)
    let header = ProgramHeader(
      index: 0, headerOffset: 0, type: .note, flags: .read, fileOffset: start, virtualAddress: 0,
      physicalAddress: GuestPhysicalAddress(rawValue: 0), fileSize: UInt64(note.bytes.count),
      memorySize: UInt64(note.bytes.count), alignment: 4)
    let table = fileSize + UInt64(patch.appended.count)
    patch.appended += ([header] + programHeaders).flatMap { $0.encoded(in: elfClass) }
    let isWide = elfClass == .bits64
    patch.replacements[isWide ? 32 : 28] = littleEndian(table, isWide ? 8 : 4)
    patch.replacements[isWide ? 54 : 42] =
      littleEndian(elfClass.programHeaderSize, 2)
      + littleEndian(UInt64(programHeaders.count + 1), 2)
    return patch
  }
}

/// The lowest `count` bytes of a number.
func littleEndian(_ number: UInt64, _ count: Int) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * UInt64($0))) }
}
