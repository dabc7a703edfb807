// SPDX-License-Identifier: Apache-2.0

import XenABI

/// Reads notes in the way of Xen's libelf: sizes are rounded up to 4 whatever the alignment says,
/// and a note is taken even where it passes the end of its segment, as long as the file has it.
struct NoteWalk {
  /// Xen stops here; C name: `ELF_MAX_TOTAL_NOTE_COUNT`.
  static var limit: Int { 65536 }
  /// Three 32-bit words; C name: `sizeof(Elf64_Nhdr)`.
  static var headerSize: UInt64 { 12 }

  /// A container that ends behind this is empty for Xen: the address of its end in Xen's memory wraps
  /// around.
  private static var endLimit: UInt64 { .max - (1 << 47) }

  private(set) var notes: [ImageNote] = []
  private(set) var findings: [Finding] = []
  private var window = FileWindow()
  private var isFull = false

  /// Reads the notes in one container; the ones at its end may be missing from the file.
  mutating func read(
    _ place: ImageNote.Place, from start: UInt64, size: UInt64, of file: borrowing ImageFile
  ) throws(ImageError) {
    let end = start.addingSaturated(size)
    guard end < Self.endLimit else { return report(place, start, "ends where no file does") }
    var offset = start
    while offset < end, !isFull {
      guard notes.count < Self.limit else { return stop(at: offset) }
      guard let note = try note(place, at: offset, of: file) else {
        return report(place, offset, "passes the end of the file")
      }
      notes.append(note)
      let next = note.descriptorOffset.addingSaturated(note.descriptorSize.roundedUpTo4)
      let used = note.descriptorOffset.addingSaturated(UInt64(note.descriptorSize))
      if used > file.size {
        report(place, offset, "passes the end of the file")
      } else if used > end {
        report(place, offset, "passes the end of its \(place.kind)")
      }
      offset = next
    }
  }

  private mutating func note(
    _ place: ImageNote.Place, at offset: UInt64, of file: borrowing ImageFile
  ) throws(ImageError) -> ImageNote? {
    let size = Int(Self.headerSize)
    let header = Array(try window.bytes(at: offset, count: size, of: file))
    guard header.count == size else { return nil }
    let ownerSize = UInt32(header.littleEndian(at: 0, count: 4))
    let descriptorSize = UInt32(header.littleEndian(at: 4, count: 4))
    let owner = Array(try window.bytes(at: offset + Self.headerSize, count: 64, of: file))
    let shown = owner.prefix(Int(min(ownerSize, 64))).prefix { $0 != 0 }
    let descriptorOffset = offset + Self.headerSize + ownerSize.roundedUpTo4
    let kept = Int(min(descriptorSize, UInt32(ImageNote.descriptorLimit)))
    return ImageNote(
      place: place, offset: offset, owner: String(decoding: shown, as: UTF8.self),
      ownerSize: ownerSize, isXen: owner.starts(with: [0x58, 0x65, 0x6e, 0]),
      type: UInt32(header.littleEndian(at: 8, count: 4)), descriptorOffset: descriptorOffset,
      descriptorSize: descriptorSize,
      descriptor: Array(try window.bytes(at: descriptorOffset, count: kept, of: file)))
  }

  private mutating func stop(at offset: UInt64) {
    isFull = true
    findings.append(
      Finding(
        .tooManyNotes, "has more than \(Self.limit) notes, of which Xen reads no more",
        offset: offset))
  }

  private mutating func report(_ place: ImageNote.Place, _ offset: UInt64, _ what: String) {
    findings.append(
      Finding(
        .malformedNote, "has a note in \(place.label) that \(what)", offset: offset))
  }
}

extension UInt32 {
  /// Rounded up to 4, wrapping in 32 bits like Xen's calculation.
  var roundedUpTo4: UInt64 { UInt64((self &+ 3) & ~3) }
}

extension ImageNote.Place {
  fileprivate var kind: String {
    switch self {
    case .programHeader: "segment"
    case .section: "section"
    }
  }
}

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
