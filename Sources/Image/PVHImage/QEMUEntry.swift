// SPDX-License-Identifier: Apache-2.0

public import XenABI

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
  /// A note of type 18 has the address 0, which QEMU takes for no note; the note is at this file offset.
  case zero(noteOffset: UInt64)
  /// QEMU starts here; the note is at this file offset.
  case address(GuestPhysicalAddress, noteOffset: UInt64)
}

/// Reads notes in the way of QEMU.
struct QEMUNoteWalk {
  private(set) var entry = QEMUEntry.none
  private var window = FileWindow()
  /// More steps than this are not made: Xen makes no more either.
  private var stepsLeft = NoteWalk.limit

  /// Looks through one PT_NOTE; the last one that has an entry counts.
  mutating func read(
    _ segment: ProgramHeader, of file: borrowing ImageFile
  ) throws(ImageError) {
    let end = segment.fileOffset.addingSaturated(segment.fileSize)
    guard segment.fileSize > 0, end <= file.size else { return }
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
          : .address(GuestPhysicalAddress(rawValue: address), noteOffset: offset)
        return
      }
      let descriptor = header.littleEndian(at: 4, count: 4).roundedUp(to: segment.alignment)
      let step = NoteWalk.headerSize.addingSaturated(owner).addingSaturated(descriptor)
      offset = offset.addingSaturated(step)
      guard offset < end else { return }
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

extension PVHImage {
  /// Findings about what QEMU does with the file when it is given as `-kernel`.
  var qemuFindings: [Finding] {
    switch packing {
    case .none: multibootFindings + qemuEntryFindings + firmwareFindings
    case .gzip:
      [
        Finding(
          .packedForQEMU, "is packed with gzip, which QEMU does not unpack",
          remedy: "Give QEMU the unpacked file.")
      ]
    case .bzImage:
      [
        Finding(
          .linuxBootProtocol,
          "is a Linux boot image: QEMU starts it by Linux's boot protocol and not at the PVH entry",
          remedy: "To start it the PVH way, give QEMU the vmlinux inside.")
      ]
    }
  }

  private var multibootFindings: [Finding] {
    guard let multibootOffset else { return [] }
    return [
      Finding(
        .multibootHeader,
        "has a Multiboot header, which QEMU obeys in place of the PVH note",
        offset: multibootOffset, remedy: "Leave the Multiboot header out.")
    ]
  }

  private var qemuEntryFindings: [Finding] {
    switch qemuEntry {
    case .none:
      return [
        Finding(
          .pvhNoteNotForQEMU, "has no note of type 18 in a PT_NOTE where QEMU finds it",
          offset: entry?.note.offset, remedy: isForPV ? Self.pvRemedy : Self.noteRemedy)
      ]
    case .zero(let offset):
      return [
        Finding(
          .pvhNoteNotForQEMU, "has its entry at address 0, which QEMU takes for no note at all",
          offset: offset,
          remedy:
            "Link the image so that it does not start at its first byte at 0, or run it under Xen.")
      ]
    case .divisionByZero(let index):
      let header = programHeaders[index]
      return [
        Finding(
          .pvhNoteNotForQEMU,
          "has a \(header.label) with alignment 0, by which QEMU divides and dies",
          offset: at(.alignment, of: header), remedy: "Align the notes to 4.")
      ]
    case .address(let address, let offset):
      guard address != entry?.address else { return [] }
      return [
        Finding(
          .qemuStartsElsewhere,
          "starts at \(hex(address.rawValue)) for QEMU, which steps from note to note by the "
            + "segment's alignment and does not look at the owner",
          offset: offset, remedy: "Put Xen's note into a PT_NOTE of its own, aligned to 4.")
      ]
    }
  }

  /// SeaBIOS clears memory from 28 KiB on before it hands over, and a PC has none from 640 KiB to
  /// 1 MiB; what QEMU loaded there before is lost.
  private var firmwareFindings: [Finding] {
    let lost: Range<UInt64> = 0x7000..<0x10_0000
    return programHeaders.filter { $0.type == .load && $0.memorySize > 0 }.compactMap { segment in
      let range = segment.physicalAddress.rawValue..<segment.physicalEnd.rawValue
      guard range.overlaps(lost) else { return nil }
      return Finding(
        .segmentUnderFirmware,
        "has \(segment.label) at \(hex(range.lowerBound)) up to \(hex(range.upperBound)), and a PC's "
          + "firmware takes \(hex(lost.lowerBound)) up to \(hex(lost.upperBound)) after QEMU loaded it",
        offset: at(.physicalAddress, of: segment),
        remedy: "For QEMU, link the image at 1 MiB or above.")
    }
  }
}
