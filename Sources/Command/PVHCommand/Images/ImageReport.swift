// SPDX-License-Identifier: Apache-2.0

import ImageUnpacking
import PVHImage
import XenABI

/// What `pvh inspect --json` prints; `docs/inspect-json.md` describes every field.
///
/// A field is never renamed or given another meaning; a new one raises nothing, a change that would
/// break readers raises `schema`.
struct ImageReport: Encodable {
  var schema = 1
  var file: String
  var packing: String
  var compression: String?
  var size: UInt64
  var elfClass: Int
  var machine: UInt16
  var type: UInt16
  var elfEntry: UInt64
  var entry: Entry?
  var extent: Extent?
  var loadedSize: UInt64
  var smallestMemoryKiB: UInt64?
  var segments: [Segment]
  var notes: [Note]
  var launchers: [Verdict]
  var manifest: Manifest?

  struct Entry: Encodable {
    var address: UInt64
    var symbol: String?
    var noteOffset: UInt64
  }
  struct Extent: Encodable {
    var start: UInt64
    var end: UInt64
  }
  struct Segment: Encodable {
    var index: Int
    var type: UInt32
    var flags: UInt32
    var fileOffset: UInt64
    var fileSize: UInt64
    var virtualAddress: UInt64
    var physicalAddress: UInt64
    var memorySize: UInt64
    var alignment: UInt64
    var isLoaded: Bool
  }
  struct Note: Encodable {
    var place: String
    var placeIndex: Int
    var offset: UInt64
    var owner: String
    var type: UInt32
    var name: String?
    var descriptorOffset: UInt64
    var descriptorSize: UInt32
    var number: UInt64?
    var text: String?
  }
}

extension ImageReport {
  init(_ image: PVHImage) {
    file = image.file
    packing = image.packing.kind
    compression = image.packing.compression?.rawValue
    size = image.fileSize
    elfClass = image.elfClass == .bits64 ? 64 : 32
    machine = image.machine.rawValue
    type = image.type.rawValue
    elfEntry = image.elfEntry
    entry = image.entry.map {
      Entry(
        address: $0.address.rawValue, symbol: image.symbols.entryName, noteOffset: $0.note.offset)
    }
    extent = image.extent.map { Extent(start: $0.start.rawValue, end: $0.end.rawValue) }
    loadedSize = image.loadedSize
    smallestMemoryKiB = image.smallestMemory()
    segments = image.programHeaders.map(Segment.init)
    notes = image.distinctNotes.map(Note.init)
    if case .present(let found) = image.manifest { manifest = found }
    launchers = Launcher.allCases.map { Verdict(image, $0) }
  }
}

extension ImageReport.Segment {
  fileprivate init(_ header: ProgramHeader) {
    self.init(
      index: header.index, type: header.type.rawValue, flags: header.flags.rawValue,
      fileOffset: header.fileOffset, fileSize: header.fileSize,
      virtualAddress: header.virtualAddress, physicalAddress: header.physicalAddress.rawValue,
      memorySize: header.memorySize, alignment: header.alignment, isLoaded: header.isLoaded)
  }
}

extension ImageReport.Note {
  fileprivate init(_ note: ImageNote) {
    let value = note.value
    self.init(
      place: note.place.kind, placeIndex: note.place.index, offset: note.offset,
      owner: note.owner, type: note.type, name: note.xenType?.name,
      descriptorOffset: note.descriptorOffset, descriptorSize: note.descriptorSize,
      number: value.number, text: value.text)
  }
}
