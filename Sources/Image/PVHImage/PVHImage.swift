// SPDX-License-Identifier: Apache-2.0

import XenABI

/// A PVH image as a value: what its headers and notes say.
///
/// It is read once and holds no file. Reading succeeds for any well-formed ELF file, bootable or
/// not; `problems()` tells what Xen and the guest would make of it.
public struct PVHImage: Equatable, Sendable {
  /// The file's name as the caller gave it.
  public let file: String
  /// What is around the ELF file; offsets are those in the unpacked one.
  public internal(set) var packing: Packing
  /// Bytes in the ELF file.
  public let fileSize: UInt64
  /// Whether it is a 32-bit or 64-bit ELF file.
  ///
  /// Xen starts both in 32-bit mode.
  public let elfClass: ELFClass
  /// The processor that the file names.
  public let machine: ELFMachine
  /// Flags of the processor, of which x86 has none; C name: `e_flags`.
  public let flags: UInt32
  /// The kind of ELF file.
  public let type: ELFType
  /// The address in the ELF header, which a PVH boot does not use; C name: `e_entry`.
  public let elfEntry: UInt64
  /// The whole program header table.
  public let programHeaders: [ProgramHeader]
  /// All notes in PT_NOTE segments, in the order in which Xen reads them.
  public let notes: [ImageNote]
  /// All notes in note sections; often the same ones, found another way.
  public let sectionNotes: [ImageNote]
  /// Where a PHYS32_ENTRY note is that Xen does not reach, if Xen finds none in a segment.
  let hiddenNoteOffset: UInt64?
  /// What QEMU takes for the PVH entry.
  public let qemuEntry: QEMUEntry
  /// Where a Multiboot header is, if there is one in the ELF file.
  public let multibootOffset: UInt64?
  /// What the symbol table says, if it was asked for.
  public let symbols: ImageSymbols
  /// What was seen while reading and left no other trace in this value.
  let findingsWhileReading: [Finding]
}

extension PVHImage {
  /// The segments that Xen loads, by physical address.
  public var segments: [ProgramHeader] {
    programHeaders.filter(\.isLoaded).sorted {
      ($0.physicalAddress.rawValue, $0.index) < ($1.physicalAddress.rawValue, $1.index)
    }
  }

  /// The image as it is without what is around it.
  public var unpacked: PVHImage {
    var image = self
    image.packing = .none
    return image
  }

  /// The physical memory from the lowest to the highest loaded byte; nil without a segment.
  public var extent: ImageExtent? { ImageExtent(programHeaders.filter(\.isLoaded)) }

  /// Bytes copied from the file into the domain.
  public var loadedSize: UInt64 {
    programHeaders.filter(\.isLoaded).reduce(0) { $0.addingSaturated($1.fileSize) }
  }

  /// The notes that Xen takes for its own: those in segments, and only without any such note
  /// those in sections.
  public var xenNotes: [ImageNote] {
    let inSegments = notes.filter(\.isXen)
    return inSegments.isEmpty ? sectionNotes.filter(\.isXen) : inSegments
  }

  /// Whether the image starts as PV domains do, on page tables that Xen made.
  ///
  /// No note makes a PVH image of it, since that starts in other code.
  public var isForPV: Bool {
    entry == nil
      // ENTRY, HYPERCALL_PAGE, VIRT_BASE, PADDR_OFFSET, LOADER, PAE_MODE
      && xenNotes.contains { [1, 2, 3, 4, 8, 9].contains($0.type) }
  }

  /// The file offset of a field of a program header.
  func at(_ field: ProgramHeader.Field, of segment: ProgramHeader) -> UInt64 {
    segment.headerOffset + field.offset(in: elfClass)
  }

  /// Whether a byte of the file is loaded at a physical address.
  public func loadsByte(at address: UInt64) -> Bool {
    segments.contains { $0.loadsFileByte(at: GuestPhysicalAddress(rawValue: address)) }
  }

  /// What the image says that it is: "linux", "PVHKit" for guests of this project.
  public var guestOS: String? {
    xenNotes.last { $0.xenType == .guestOS }.map {
      String(decoding: $0.descriptor.prefix { $0 != 0 }, as: UTF8.self)
    }
  }

  /// Where Xen starts the guest; with several notes the last one counts.
  public var entry: PVHEntry? { xenNotes.last(where: \.isPVHEntry).map(PVHEntry.init) }
}
