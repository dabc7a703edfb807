// SPDX-License-Identifier: Apache-2.0

import CHostLibelf
import Glibc  // Swift finds the types of elf.h in this module or in that one.
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

extension ProgramHeader {
  /// The entry as it stands in a file of this class, as libelf writes it.
  func encoded(in elfClass: ELFClass) -> [UInt8] {
    switch elfClass {
    case .bits64:
      var header = Elf64_Phdr()
      header.p_type = type.rawValue
      header.p_flags = flags.rawValue
      header.p_offset = fileOffset
      header.p_vaddr = virtualAddress
      header.p_paddr = physicalAddress.rawValue
      header.p_filesz = fileSize
      header.p_memsz = memorySize
      header.p_align = alignment
      return Self.translate(&header, elf64_xlatetof)
    case .bits32:
      var header = Elf32_Phdr()
      header.p_type = type.rawValue
      header.p_flags = flags.rawValue
      header.p_offset = UInt32(truncatingIfNeeded: fileOffset)
      header.p_vaddr = UInt32(truncatingIfNeeded: virtualAddress)
      header.p_paddr = UInt32(truncatingIfNeeded: physicalAddress.rawValue)
      header.p_filesz = UInt32(truncatingIfNeeded: fileSize)
      header.p_memsz = UInt32(truncatingIfNeeded: memorySize)
      header.p_align = UInt32(truncatingIfNeeded: alignment)
      return Self.translate(&header, elf32_xlatetof)
    }
  }

  private typealias Translation = (
    UnsafeMutablePointer<Elf_Data>?, UnsafePointer<Elf_Data>?, UInt32
  ) -> UnsafeMutablePointer<Elf_Data>?

  private static func translate<Header>(
    _ header: inout Header, _ translation: Translation
  ) -> [UInt8] {
    withUnsafeMutableBytes(of: &header) { source in
      [UInt8](unsafeUninitializedCapacity: source.count) { target, count in
        // SAFETY: both descriptors say the size of the memory behind their pointers.
        var from = Elf_Data()
        from.d_buf = source.baseAddress
        from.d_type = ELF_T_PHDR
        from.d_version = UInt32(EV_CURRENT)
        from.d_size = source.count
        var to = from
        to.d_buf = UnsafeMutableRawPointer(target.baseAddress)
        let result = translation(&to, &from, UInt32(ELFDATA2LSB))
        precondition(result != nil, "libelf knows program headers")
        count = source.count
      }
    }
  }
}

/// A note as it stands in a file, padded to 4 bytes; C name: `Elf64_Nhdr` and what follows it.
struct NoteBytes {
  let bytes: [UInt8]

  init(owner: String, type: UInt32, descriptor: [UInt8]) {
    let owner = Array(owner.utf8) + [0]
    bytes =
      littleEndian(UInt64(owner.count), 4) + littleEndian(UInt64(descriptor.count), 4)
      + littleEndian(UInt64(type), 4) + owner + [UInt8](repeating: 0, count: -owner.count & 3)
      + descriptor + [UInt8](repeating: 0, count: -descriptor.count & 3)
  }

  init(owner: String, type: XenNoteType, descriptor: [UInt8]) {
    self.init(owner: owner, type: type.rawValue, descriptor: descriptor)
  }
}
