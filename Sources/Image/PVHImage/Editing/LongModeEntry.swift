// SPDX-License-Identifier: Apache-2.0

import XenABI

/// A PVH entry for a freestanding 64-bit ELF file that has none: a trampoline that sets up page tables
/// and long mode, and calls a symbol with the start info's address as its argument.
public struct LongModeEntry: Sendable {
  /// Where the 64-bit code starts: a symbol, or an address as the code sees it.
  public let place: EntryPlace

  /// An entry at this place.
  public init(_ place: EntryPlace) { self.place = place }

  /// Adds the entry to a file; what was in it stays what and where it is.
  ///
  /// - Parameters:
  ///   - path: The file.
  ///   - output: Where the result goes, which may be `path`. It is put there when it is complete.
  /// - Returns: The new image; ask it for what else keeps it from booting.
  /// - Throws: An error if nothing was changed.
  @discardableResult
  public func add(to path: String, output: String) throws(EditError) -> PVHImage {
    let file = try EditError.reading { () throws(ImageError) in try ImageFile.open(path) }
    let image = try PVHImage(editing: file)
    guard image.elfClass == .bits64, image.machine == .x8664 else { throw .not64Bit }
    try image.checkStatic()
    let entry =
      switch place {
      case .address(let address): address
      case .symbol(let name): try NoteEdit.value(of: name, in: file.descriptor, path)
      }
    let patch = try image.patch(entry: entry, place)
    return try patch.write(from: file, to: output) {
      result throws(EditError) in
      try result.checkEntry()
    }
  }
}

extension PVHImage {
  fileprivate func patch(entry: UInt64, _ place: EntryPlace) throws(EditError) -> ImagePatch {
    try checkMapping()
    guard
      segments.contains(where: {
        entry >= $0.virtualAddress && entry - $0.virtualAddress < $0.fileSize
      })
    else {
      if case .symbol(let name) = place { throw .symbolNotLoaded(name, entry) }
      throw .symbolNotLoaded(hex(entry), entry)
    }
    let end = extent?.pageEnd.rawValue ?? 0
    guard end + Trampoline.memorySize <= Self.specialPages, let base = UInt32(exactly: end) else {
      throw .noRoom(end)
    }
    let trampoline = Trampoline(base: base, entry: entry)
    let note = NoteBytes(owner: "Xen", type: .pvhEntry, descriptor: littleEndian(UInt64(base), 4))
    let count = programHeaders.count
    return try appending(
      [
        AppendedPiece(note, position: 0),
        AppendedPiece(
          content: trampoline.bytes, alignment: pageSize, position: count + 1, address: end,
          memorySize: Trampoline.codeSize, flags: [.read, .execute]),
        AppendedPiece(
          content: [], alignment: pageSize, position: count + 2, address: end + Trampoline.codeSize,
          memorySize: Trampoline.memorySize - Trampoline.codeSize, flags: [.read, .write]),
      ], to: removal(of: (notes + sectionNotes).filter(\.isPVHEntry)))
  }

  /// The trampoline maps memory in two places; the program must be linked for one of them.
  private func checkMapping() throws(EditError) {
    for segment in segments where segment.memorySize > 0 {
      let difference = segment.virtualAddress &- segment.physicalAddress.rawValue
      guard difference != 0, difference != Trampoline.highBase else { continue }
      throw .unmapped(
        Finding(
          .segmentUnaligned,
          "has \(segment.label) at virtual \(hex(segment.virtualAddress)) and physical "
            + hex(segment.physicalAddress.rawValue),
          offset: at(.physicalAddress, of: segment),
          remedy: "Link it with equal addresses, or with \(hex(Trampoline.highBase)) between them.")
      )
    }
  }
}
