// SPDX-License-Identifier: Apache-2.0

public import XenABI

/// Where a PVH guest starts, as Xen reads it from a note; C name: `XEN_ELFNOTE_PHYS32_ENTRY`.
public struct PVHEntry: Equatable, Sendable {
  /// The 32-bit physical address.
  public let address: GuestPhysicalAddress
  /// The note that says so.
  public let note: ImageNote

  /// Reads a PHYS32_ENTRY note the way Xen does, which uses 32 bits of the number.
  init(_ note: ImageNote) {
    self.note = note
    address = GuestPhysicalAddress(rawValue: note.number & 0xffff_ffff)
  }
}

/// What QEMU's `-kernel` takes for the PVH entry, which may be another place than Xen finds.
///
/// QEMU looks at the type only, not at the owner, and steps by the segment's alignment, not by 4.
/// Source: QEMU, `include/hw/elf_ops.h` `get_elf_note_type`, `hw/i386/x86.c`
/// `read_pvh_start_addr`.
public enum QEMUEntry: Equatable, Sendable {
  /// No note of type 18 in a PT_NOTE.
  case none
  /// The alignment of this PT_NOTE, by its position in the table, is 0, by which QEMU divides.
  case divisionByZero(Int)
  /// This PT_NOTE, by its position in the table, passes the end of the file, which QEMU then refuses.
  case pastEndOfFile(Int)
  /// A note of type 18 has the address 0, which QEMU takes for no note; the note is at this file offset.
  case zero(noteOffset: UInt64)
  /// QEMU starts here; the note is at this file offset, and Xen's or another's.
  case address(GuestPhysicalAddress, noteOffset: UInt64, isXen: Bool)
}

/// Reads notes in the way of QEMU.
struct QEMUNoteWalk {
  private(set) var entry = QEMUEntry.none
  private var window = FileWindow()
  /// More steps than this are not made; QEMU itself has no limit.
  private var stepsLeft = 1 << 20

  /// Looks through one PT_NOTE; the last one that has an entry counts, unless one of them ends it all.
  mutating func read(
    _ segment: ProgramHeader, of file: borrowing ImageFile
  ) throws(ImageError) {
    let end = segment.fileOffset.addingSaturated(segment.fileSize)
    guard segment.fileSize > 0, !hasEnded else { return }
    guard end <= file.size else {
      entry = .pastEndOfFile(segment.index)
      return
    }
    var offset = segment.fileOffset
    while stepsLeft > 0 {
      stepsLeft -= 1
      let header = Array(
        try window.bytes(at: offset, count: Int(NoteWalk.headerSize), of: file))
      let ownerSize = header.littleEndian(at: 0, count: 4)
      let type = header.littleEndian(at: 8, count: 4)
      guard segment.alignment > 0 else {
        entry = .divisionByZero(segment.index)
        return
      }
      let owner = ownerSize.roundedUp(to: segment.alignment)
      if type == UInt64(XenNoteType.pvhEntry.rawValue) {
        let place = offset.addingSaturated(NoteWalk.headerSize).addingSaturated(owner)
        // A 64-bit file's descriptor is read as 64 bits, of which 32 are used.
        let bytes = Array(try window.bytes(at: place, count: 4, of: file))
        let address = bytes.littleEndian(at: 0, count: 4)
        entry =
          address == 0
          ? .zero(noteOffset: offset)
          : .address(
            GuestPhysicalAddress(rawValue: address), noteOffset: offset,
            isXen: try window.bytes(at: offset + NoteWalk.headerSize, count: 4, of: file)
              .elementsEqual([0x58, 0x65, 0x6e, 0]))
        return
      }
      let descriptor = header.littleEndian(at: 4, count: 4).roundedUp(to: segment.alignment)
      let step = NoteWalk.headerSize.addingSaturated(owner).addingSaturated(descriptor)
      offset = offset.addingSaturated(step)
      guard offset < end else { return }
    }
  }

  /// Whether QEMU gets no further.
  private var hasEnded: Bool {
    switch entry {
    case .divisionByZero, .pastEndOfFile: true
    case .none, .zero, .address: false
    }
  }
}

extension UInt64 {
  /// The next multiple of a number that a file chooses.
  fileprivate func roundedUp(to unit: UInt64) -> UInt64 {
    let rest = self % unit
    return rest == 0 ? self : addingSaturated(unit - rest)
  }
}

/// Whether a boot loader would take a file for a Multiboot (version 1) kernel.
enum MultibootHeader {
  /// Where the header may be at most; source: Multiboot specification, "OS image format".
  private static var searchedSize: Int { 8192 }
  /// The three words that must be there: magic, flags, checksum.
  private static var size: Int { 12 }

  /// The header's file offset.
  static func offset(in file: borrowing ImageFile) throws(ImageError) -> UInt64? {
    let bytes = try file.bytes(at: 0, count: searchedSize)
    for offset in stride(from: 0, through: bytes.count - size, by: 4)
    where bytes[offset] == 0x02 && bytes.littleEndian(at: offset, count: 4) == 0x1bad_b002 {
      let sum = stride(from: 0, to: size, by: 4).reduce(UInt64(0)) {
        $0 + bytes.littleEndian(at: offset + $1, count: 4)
      }
      if sum & 0xffff_ffff == 0 { return UInt64(offset) }
    }
    return nil
  }
}
