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

/// Where the guest shall start, as a person says it.
public enum EntryPlace: Equatable, Sendable {
  /// At a symbol, whose value is an address as the program sees it.
  case symbol(String)
  /// At a physical address.
  case address(UInt64)

  /// Takes a number with or without `0x` for an address, anything else for a symbol.
  public init(_ text: String) {
    let number = text.hasPrefix("0x") ? UInt64(text.dropFirst(2), radix: 16) : UInt64(text)
    self = number.map { .address($0) } ?? .symbol(text)
  }
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

  /// The physical address of a place to start.
  func physicalAddress(
    of place: EntryPlace, symbol value: (String) throws(EditError) -> UInt64
  ) throws(EditError) -> UInt32 {
    switch place {
    case .address(let address):
      guard let result = UInt32(exactly: address) else { throw .entryAbove4GiB(address) }
      return result
    case .symbol(let name):
      let address = try value(name)
      let segment = segments.first {
        address >= $0.virtualAddress && address - $0.virtualAddress < $0.memorySize
      }
      guard let segment else { throw .symbolNotLoaded(name, address) }
      let physical = address - segment.virtualAddress &+ segment.physicalAddress.rawValue
      guard let result = UInt32(exactly: physical) else { throw .entryAbove4GiB(physical) }
      return result
    }
  }

  private func added(
    _ address: UInt32, over patch: ImagePatch
  ) throws(EditError) -> ImagePatch {
    let note = NoteBytes(
      owner: "Xen", type: .pvhEntry, descriptor: littleEndian(UInt64(address), 4))
    return try appending([AppendedPiece(note, position: 0)], to: patch)
  }
}

extension NoteEdit {
  /// Changes an image's PHYS32_ENTRY note; every other byte stays what and where it is.
  ///
  /// - Parameters:
  ///   - path: The image.
  ///   - output: Where the result goes, which may be `path`. It is put there when it is complete.
  /// - Returns: The new image; ask it for what else keeps it from booting.
  /// - Throws: An error if nothing was changed.
  @discardableResult
  public func apply(to path: String, output: String) throws(EditError) -> PVHImage {
    let file = try EditError.reading { () throws(ImageError) in try ImageFile.open(path) }
    let image = try PVHImage(editing: file)
    let descriptor = file.descriptor
    let patch = try image.patch(for: self) { name throws(EditError) in
      try Self.value(of: name, in: descriptor, path)
    }
    return try patch.write(from: file, to: output) {
      result throws(EditError) in
      if self != .remove { try result.checkEntry() }
    }
  }

  static func value(
    of symbol: String, in descriptor: CInt, _ name: String
  ) throws(EditError) -> UInt64 {
    let lookup = try EditError.reading { () throws(ImageError) in
      let reader = try ELFReader.open(ImageFile.borrow(descriptor, name: name))
      return reader.lookUp(symbol, in: reader.sectionHeaders(try reader.header()))
    }
    if let value = lookup.value { return value }
    if let damage = lookup.damage { throw .damagedSymbols(symbol, damage) }
    throw lookup.others.isEmpty ? .noSymbols(symbol) : .noSymbol(symbol, others: lookup.others)
  }
}
