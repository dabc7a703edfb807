// SPDX-License-Identifier: Apache-2.0

import XenABI

/// What to do with an image's PHYS32_ENTRY note.
public enum NoteEdit: Equatable, Sendable {
  /// Give an image without one a note; one that was built for PV domains is refused unless it is forced.
  case add(EntryPlace, isForced: Bool = false)
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
    case .add(let place, let isForced):
      try checkStatic()
      if let entry { throw .hasNote(entry: entry.address.rawValue) }
      if isForPV, !isForced { throw .forPV }
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
  func removal(of old: [ImageNote]) -> ImagePatch {
    var patch = ImagePatch()
    for note in old {
      // The type, and the four bytes of the owner behind it.
      patch.replacements[note.offset + 8] = [UInt8](repeating: 0, count: 8)
    }
    return patch
  }

  private func added(
    _ address: UInt32, over patch: ImagePatch
  ) throws(EditError) -> ImagePatch {
    let note = NoteBytes(
      owner: "Xen", type: .pvhEntry, descriptor: littleEndian(UInt64(address), 4))
    return try appending([AppendedPiece(note, position: 0)], to: patch)
  }
}

/// The lowest `count` bytes of a number.
func littleEndian(_ number: UInt64, _ count: Int) -> [UInt8] {
  (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * UInt64($0))) }
}
