// SPDX-License-Identifier: Apache-2.0

import XenABI

/// Something to put at the end of a file, with a program header of its own.
struct AppendedPiece {
  var content: [UInt8]
  /// What the file offset is a multiple of.
  var alignment: UInt64
  /// Where in the table its header goes.
  var position: Int
  /// Where it is loaded; nil for what is not.
  var address: UInt64?
  /// Bytes in memory.
  var memorySize: UInt64
  var flags: SegmentFlags
}

extension AppendedPiece {
  /// A note, which is not loaded.
  init(_ note: NoteBytes, position: Int) {
    self.init(
      content: note.bytes, alignment: 4, position: position, address: nil,
      memorySize: UInt64(note.bytes.count), flags: .read)
  }

  fileprivate func header(at offset: UInt64) -> ProgramHeader {
    ProgramHeader(
      index: position, headerOffset: 0, type: address == nil ? .note : .load, flags: flags,
      fileOffset: offset, virtualAddress: address ?? 0,
      physicalAddress: GuestPhysicalAddress(rawValue: address ?? 0),
      fileSize: UInt64(content.count), memorySize: memorySize, alignment: alignment)
  }
}

extension PVHImage {
  /// Puts pieces at the end of the file, and behind them the program headers with theirs: nothing else
  /// has to move.
  func appending(
    _ pieces: [AppendedPiece], to patch: ImagePatch
  ) throws(EditError) -> ImagePatch {
    // The largest count means something else; C name: `PN_XNUM`.
    guard programHeaders.count + pieces.count < Int(UInt16.max) else { throw .tooManyHeaders }
    var patch = patch
    var headers = programHeaders
    patch.appended = []
    for piece in pieces {
      // What takes no bytes of the file is nowhere in it.
      if !piece.content.isEmpty { pad(&patch.appended, to: piece.alignment) }
      let offset = fileSize + UInt64(patch.appended.count)
      headers.insert(piece.header(at: offset), at: piece.position)
      patch.appended += piece.content
    }
    pad(&patch.appended, to: 8)
    let table = fileSize + UInt64(patch.appended.count)
    patch.appended += headers.flatMap { $0.encoded(in: elfClass) }
    let isWide = elfClass == .bits64
    patch.replacements[isWide ? 32 : 28] = littleEndian(table, isWide ? 8 : 4)
    patch.replacements[isWide ? 54 : 42] =
      littleEndian(elfClass.programHeaderSize, 2) + littleEndian(UInt64(headers.count), 2)
    return patch
  }

  private func pad(_ appended: inout [UInt8], to alignment: UInt64) {
    let end = fileSize + UInt64(appended.count)
    appended += [UInt8](repeating: 0, count: Int((alignment - end % alignment) % alignment))
  }
}
