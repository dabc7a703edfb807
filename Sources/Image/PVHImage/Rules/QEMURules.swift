// SPDX-License-Identifier: Apache-2.0

import XenABI

/// What QEMU's `-kernel` does with the file, where it differs from Xen.
extension Rule {
  static let qemu: [Rule] = [
    .packedForQEMU, .linuxBootProtocol, .elfFlags, .multibootHeader, .multibootELF64,
    .pvhNoteNotForQEMU, .qemuStartsElsewhere, .qemuEntryNotLoaded, .segmentUnderFirmware,
  ]

  private static let kernelLoader =
    "QEMU: hw/i386/x86.c x86_load_linux, hw/i386/multiboot.c load_multiboot"
  private static let noteReader =
    "QEMU: include/hw/elf_ops.h get_elf_note_type, hw/i386/x86.c read_pvh_start_addr"

  /// The file is packed, and QEMU does not unpack it: it starts the packed bytes like a very old Linux.
  public static let packedForQEMU = Rule(
    "packed-for-qemu", xl: nil, qemu: .misbehaves, dom0: nil, source: kernelLoader,
    remedy: "Give QEMU the unpacked file.",
    check: .image { image in
      guard image.packing == .gzip else { return [] }
      return [Violation("is packed with gzip, which QEMU does not unpack")]
    })

  /// The ELF header has flags that QEMU refuses.
  public static let elfFlags = Rule(
    "elf-flags", xl: nil, qemu: .refused, dom0: nil, source: "QEMU: hw/i386/x86.c load_elfboot",
    remedy: "Link the image again; x86 has no flags.",
    check: .image { image in
      guard image.packing == .none, image.flags & 0x1_0004 != 0 else { return [] }
      return [
        Violation(
          "has ELF flags \(hex(UInt64(image.flags))), and QEMU refuses 0x4 and 0x10000",
          at: image.elfClass == .bits64 ? 48 : 36)
      ]
    })

  /// The file is a Linux boot image, which QEMU starts in Linux's way.
  public static let linuxBootProtocol = Rule(
    "linux-boot-protocol", xl: nil, qemu: .warning, dom0: nil, source: kernelLoader,
    remedy: "To start it the PVH way, give QEMU the vmlinux inside.",
    check: .image { image in
      guard case .bzImage = image.packing else { return [] }
      return [
        Violation(
          "is a Linux boot image: QEMU starts it by Linux's boot protocol and not at the PVH entry")
      ]
    })

  /// There is a Multiboot header in an ELF32 file, which goes before the PVH note for QEMU.
  public static let multibootHeader = Rule(
    "multiboot-header", xl: nil, qemu: .misbehaves, dom0: nil, source: kernelLoader,
    remedy: "Leave the Multiboot header out.",
    check: .image { image in
      guard image.packing == .none, image.machine != .x8664, let offset = image.multibootOffset
      else { return [] }
      return [
        Violation("has a Multiboot header, which QEMU obeys in place of the PVH note", at: offset)
      ]
    })

  /// There is a Multiboot header in a file for x86-64, which QEMU then refuses.
  public static let multibootELF64 = Rule(
    "multiboot-elf64", xl: nil, qemu: .refused, dom0: nil, source: kernelLoader,
    remedy: multibootHeader.remedy,
    check: .image { image in
      guard image.packing == .none, image.machine == .x8664, let offset = image.multibootOffset
      else { return [] }
      return [
        Violation(
          "has a Multiboot header and is for x86-64: QEMU obeys the header, and takes files for the "
            + "386 only then", at: offset)
      ]
    })

  /// QEMU finds no PHYS32_ENTRY note.
  public static let pvhNoteNotForQEMU = Rule(
    "pvh-note-not-for-qemu", xl: nil, qemu: .refused, dom0: nil, source: noteReader,
    remedy: noPVHNote.remedy,
    check: .image { image in
      guard image.packing == .none else { return [] }
      switch image.qemuEntry {
      case .none:
        return [
          Violation(
            "has no note of type 18 in a PT_NOTE where QEMU finds it",
            at: image.entry?.note.offset, remedy: image.isForPV ? PVHImage.pvRemedy : nil)
        ]
      case .zero(let offset):
        return [
          Violation(
            "has its entry at address 0, which QEMU takes for no note at all", at: offset,
            remedy:
              "Link the image so that it does not start at its first byte at 0, or run it under "
              + "Xen.")
        ]
      case .divisionByZero(let index):
        let header = image.programHeaders[index]
        return [
          Violation(
            "has a \(header.label) with alignment 0, by which QEMU divides and dies",
            at: image.at(.alignment, of: header), remedy: "Align the notes to 4.")
        ]
      case .pastEndOfFile(let index):
        let header = image.programHeaders[index]
        return [
          Violation(
            "has a \(header.label) that passes the end of the file, which QEMU refuses to load",
            at: image.at(.fileSize, of: header), remedy: "Build or copy the image again.")
        ]
      case .address:
        return []
      }
    })

  /// QEMU takes another note for the entry than Xen, or one that Xen does not take at all.
  public static let qemuStartsElsewhere = Rule(
    "qemu-starts-elsewhere", xl: nil, qemu: .misbehaves, dom0: nil, source: noteReader,
    remedy: "Put Xen's note into a PT_NOTE of its own, aligned to 4.",
    check: .image { image in
      guard image.packing == .none,
        case .address(let address, let offset, let isXen) = image.qemuEntry,
        address != image.entry?.address, image.entry?.note.hasNumber ?? !isXen
      else { return [] }
      return [
        Violation(
          "starts at \(hex(address.rawValue)) for QEMU, which steps from note to note by the "
            + "segment's alignment and does not look at the owner", at: offset)
      ]
    })

  /// The entry that QEMU finds lies where no byte of the file is loaded.
  public static let qemuEntryNotLoaded = Rule(
    "qemu-entry-not-loaded", xl: nil, qemu: .misbehaves, dom0: nil, source: noteReader,
    remedy: entryOutsideImage.remedy,
    check: .image { image in
      guard image.packing == .none, case .address(let address, let offset, _) = image.qemuEntry,
        !image.programHeaders.contains(where: { $0.type == .load && $0.loadsFileByte(at: address) })
      else { return [] }
      return [
        Violation(
          "starts at \(hex(address.rawValue)) for QEMU, where no byte of the file is loaded",
          at: offset)
      ]
    })

  /// A segment reaches into memory below 1 MiB that a PC's firmware uses, or where a PC has none.
  ///
  /// SeaBIOS has its vectors, variables and stacks there, clears memory from 28 KiB on before it hands
  /// over, and a PC has none from 640 KiB to 1 MiB; what QEMU loaded there before is lost.
  public static let segmentUnderFirmware = Rule(
    "segment-under-firmware", xl: nil, qemu: .misbehaves, dom0: nil,
    source:
      "SeaBIOS clears this range before QEMU's option ROM starts the image: src/fw, src/malloc.c",
    remedy: "For QEMU, link the image at 1 MiB or above.",
    check: .programHeader { image, segment in
      let range = segment.physicalAddress.rawValue..<segment.physicalEnd.rawValue
      guard image.packing == .none, segment.type == .load, segment.memorySize > 0,
        let lost = usedByFirmware.first(where: range.overlaps)
      else { return nil }
      return Violation(
        "has \(segment.label) at \(hex(range.lowerBound)) up to \(hex(range.upperBound)), and a PC's "
          + "firmware takes \(hex(lost.lowerBound)) up to \(hex(lost.upperBound)) after QEMU loaded it",
        at: image.at(.physicalAddress, of: segment))
    })

  /// What is not as QEMU loaded it when an image starts, seen by an image that fills all memory below
  /// 640 KiB with a pattern: with QEMU 7.2 and its SeaBIOS 1.16, the same for its machines pc and q35.
  private static let usedByFirmware: [Range<UInt64>] = [
    0..<0x680, 0x11c0..<0x11d0, 0x21e0..<0x2220, 0x6740..<0x10_0000,
  ]
}
