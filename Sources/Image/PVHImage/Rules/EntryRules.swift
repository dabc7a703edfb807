// SPDX-License-Identifier: Apache-2.0

import XenABI

extension Rule {
  static let entry: [Rule] = [
    .noPVHNote, .pvhNoteHidden, .pvhNoteSize, .pvhNoteOddSize, .pvhNotesDisagree,
    .pvhNoteOnlyInSection, .entryOutsideImage, .entryNotLoaded, .entryNotExecutable,
  ]

  /// No PHYS32_ENTRY note where Xen looks for one.
  public static let noPVHNote = Rule(
    "no-pvh-note", xl: .refused, qemu: nil, dom0: .refused,
    source: "Xen: xen/common/libelf/libelf-dominfo.c elf_xen_note_check; public/elfnote.h",
    remedy: "Put a note of owner \"Xen\", type 18 and the 32-bit entry into a PT_NOTE segment; "
      + "`pvh build` and `pvh note add` do.",
    check: .image { image in
      guard image.entry == nil, image.hiddenNoteOffset == nil else { return [] }
      return [image.missingNote]
    })

  /// There is a PHYS32_ENTRY note, but the sizes in the note before it lead Xen past it.
  public static let pvhNoteHidden = Rule(
    "pvh-note-hidden", xl: .refused, qemu: nil, dom0: .refused,
    source: "Xen: xen/common/libelf/libelf-tools.c elf_note_next",
    remedy: "Put Xen's note into a PT_NOTE of its own and discard the others.",
    check: .image { image in
      guard image.entry == nil, let offset = image.hiddenNoteOffset else { return [] }
      return [
        Violation(
          "has a Xen PHYS32_ENTRY note that Xen does not reach: it steps from note to note by sizes "
            + "rounded up to 4, and those before it lead elsewhere", at: offset)
      ]
    })

  /// The PHYS32_ENTRY descriptor has a size that Xen reads as 0.
  public static let pvhNoteSize = Rule(
    "pvh-note-size", xl: .misbehaves, qemu: nil, dom0: .misbehaves,
    source: "Xen: xen/common/libelf/libelf-tools.c elf_note_numeric",
    remedy: "Write the entry as one 32-bit number (4 bytes).",
    check: .image { image in
      guard let note = image.entry?.note, !note.hasNumber else { return [] }
      return [
        Violation(
          "has a PHYS32_ENTRY descriptor of \(counted(note.descriptorSize, "byte"))"
            + ", which Xen reads as address 0", at: note.offset + 4)
      ]
    })

  /// The PHYS32_ENTRY descriptor has 1 or 2 bytes: Xen reads it, other loaders may not.
  public static let pvhNoteOddSize = Rule(
    "pvh-note-odd-size", xl: .warning, qemu: nil, dom0: .warning,
    source: "Xen: xen/common/libelf/libelf-tools.c elf_note_numeric",
    remedy: "Write the entry as one 32-bit number (4 bytes).",
    check: .image { image in
      // Linux has 8 bytes, which all readers take for that reason.
      guard let note = image.entry?.note, note.hasNumber, ![4, 8].contains(note.descriptorSize)
      else { return [] }
      return [
        Violation(
          "has a PHYS32_ENTRY descriptor of \(counted(note.descriptorSize, "byte"))",
          at: note.offset + 4)
      ]
    })

  /// Several PHYS32_ENTRY notes give different addresses.
  public static let pvhNotesDisagree = Rule(
    "pvh-notes-disagree", xl: .warning, qemu: nil, dom0: .warning,
    source: "Xen: xen/common/libelf/libelf-dominfo.c elf_xen_parse",
    remedy: "Keep one PHYS32_ENTRY note.",
    check: .image { image in
      guard let entry = image.entry,
        let other = image.xenNotes.lazy.filter(\.isPVHEntry).map({ PVHEntry($0) })
          .first(where: { $0.address != entry.address })
      else { return [] }
      return [
        Violation(
          "has PHYS32_ENTRY notes for \(hex(other.address.rawValue)) and "
            + "\(hex(entry.address.rawValue)), of which Xen takes the last", at: other.note.offset)
      ]
    })

  /// The PHYS32_ENTRY note is in a section only; Xen finds it, QEMU does not.
  public static let pvhNoteOnlyInSection = Rule(
    "pvh-note-only-in-section", xl: .warning, qemu: nil, dom0: .warning,
    source: "Xen: xen/common/libelf/libelf-dominfo.c elf_xen_parse", remedy: noPVHNote.remedy,
    check: .image { image in
      guard let note = image.entry?.note, case .section = note.place else { return [] }
      return [
        Violation(
          "has its PHYS32_ENTRY note in \(note.place.label) only: Xen finds it, QEMU does not",
          at: note.offset)
      ]
    })

  /// The entry lies outside the image's extent.
  public static let entryOutsideImage = Rule(
    "entry-outside-image", xl: .refused, qemu: nil, dom0: .refused,
    source: "Xen: xen/common/libelf/libelf-dominfo.c elf_xen_addr_calc_check",
    remedy: "Let the PHYS32_ENTRY note refer to the physical address of the first instruction.",
    check: .image { image in
      guard let entry = image.entry, case .outside(let extent) = image.entryTarget else {
        return []
      }
      return [
        Violation(
          "starts at \(hex(entry.address.rawValue)), outside the image, which is "
            + "\(hex(extent.start.rawValue)) up to \(hex(extent.end.rawValue))",
          at: entry.note.descriptorOffset)
      ]
    })

  /// The entry lies where no byte of the file is loaded.
  public static let entryNotLoaded = Rule(
    "entry-not-loaded", xl: .misbehaves, qemu: nil, dom0: .misbehaves,
    source: "Xen: docs/misc/pvh.pandoc", remedy: entryOutsideImage.remedy,
    check: .image { image in
      guard let entry = image.entry, case .noByteOfTheFile = image.entryTarget else { return [] }
      return [
        Violation(
          "starts at \(hex(entry.address.rawValue)), where no byte of the file is loaded",
          at: entry.note.descriptorOffset)
      ]
    })

  /// The entry lies in a segment without execute permission.
  public static let entryNotExecutable = Rule(
    "entry-not-executable", xl: .warning, qemu: .warning, dom0: .warning,
    source: "Xen: docs/misc/pvh.pandoc",
    remedy: "Place the entry's section in the executable segment.",
    check: .image { image in
      guard let entry = image.entry, case .segment(let segment) = image.entryTarget,
        !segment.flags.contains(.execute)
      else { return [] }
      return [
        Violation(
          "starts at \(hex(entry.address.rawValue)) in \(segment.label), which is not executable",
          at: entry.note.descriptorOffset)
      ]
    })
}

extension ImageNote {
  /// Whether Xen reads the descriptor as a number.
  var hasNumber: Bool { Self.numberSizes.contains(Int(descriptorSize)) }
}

/// What is at the entry's address.
private enum EntryTarget {
  case outside(ImageExtent)
  /// In the image, or at its very end, which passes Xen's comparison.
  case noByteOfTheFile
  case segment(ProgramHeader)
}

extension PVHImage {
  fileprivate var entryTarget: EntryTarget? {
    guard let entry, let extent else { return nil }
    guard extent.contains(entry.address) || entry.address == extent.end else {
      return .outside(extent)
    }
    let segment = segments.first { $0.loadsFileByte(at: entry.address) }
    return segment.map { .segment($0) } ?? .noByteOfTheFile
  }

  /// What is there instead of a PHYS32_ENTRY note.
  fileprivate var missingNote: Violation {
    if let hidden = sectionNotes.first(where: \.isPVHEntry) {
      return Violation(
        "has its Xen PHYS32_ENTRY note in \(hidden.place.label) only, where Xen does not look "
          + "because a PT_NOTE has other Xen notes", at: hidden.offset)
    }
    if let first = xenNotes.first {
      let types = xenNotes.prefix(8).map { $0.xenType?.name ?? String($0.type) }
        .joined(separator: ", ")
      return Violation(
        "has \(counted(xenNotes.count, "Xen note")) (\(types)), none of which is PHYS32_ENTRY"
          + (isForPV ? ": it was built for PV domains" : ""),
        at: first.offset, remedy: isForPV ? Self.pvRemedy : nil)
    }
    if let skipped = programHeaders.first(where: { $0.type == .note && $0.fileOffset == 0 }) {
      return Violation(
        "has no Xen PHYS32_ENTRY note, and a \(skipped.label) at file offset 0, which Xen skips",
        at: at(.fileOffset, of: skipped))
    }
    return Violation("has no Xen PHYS32_ENTRY note" + withoutNotes)
  }

  /// What helps an image that was built for PV domains.
  static var pvRemedy: String {
    "Build the kernel with PVH support (Linux: CONFIG_PVH); a note alone does not change how it starts."
  }

  /// What an image without any Xen note is, or is taken for.
  private var withoutNotes: String {
    if programHeaders.contains(where: { $0.type == .interpreter }) {
      return ": it is a program for an operating system"
    }
    // libxenguest has no such way for the kernel inside a boot image.
    if case .bzImage = packing { return "" }
    guard elfClass == .bits32 else { return "" }
    return ": xl would start it like firmware at \(hex(elfEntry))"
  }
}
