// SPDX-License-Identifier: Apache-2.0

extension ZooImage {
  private static let decoy: UInt64 = 0x10_0000
  private static let entry: UInt64 = 0x10_0010

  /// What is odd about notes.
  static let notes: [ZooImage] = [
    ZooImage(
      "plain", "Nothing is: ELF64, a note of 4 bytes in a PT_NOTE, no sections, linked at 1 MiB.",
      xl: .xlBoots, qemu: .qemuBoots, linuxLoader: .rustBoots),
    ZooImage(
      "note-in-section", "The note is in a section only.",
      xl: .boots(
        "without notes in a PT_NOTE the sections are looked at",
        "\(ZooSource.dominfo) elf_xen_parse"),
      qemu: .refused(
        "PT_NOTE only: \"Error loading uncompressed kernel without PVH ELF Note\"",
        ZooSource.linux),
      linuxLoader: .rustFindsNone("PT_NOTE only")
    ) { image in
      image.sectionNotes = [.entry(entry)]
      image.notes = .notes([.foreign(4)])
    },
    ZooImage(
      "notes-in-both", "A section has another entry than the PT_NOTE.",
      xl: .boots("the PT_NOTE goes first", "\(ZooSource.dominfo) elf_xen_parse"),
      qemu: .qemuBoots, linuxLoader: .rustBoots
    ) { $0.sectionNotes = [.entry(decoy)] },
    ZooImage(
      "two-notes", "A PT_NOTE has two PVH notes; the second one is right.",
      xl: .boots("the last one counts", "\(ZooSource.dominfo) elf_xen_parse_notes"),
      qemu: .misbehaves(.decoy, "the first one counts", "\(ZooSource.elfOps) get_elf_note_type"),
      linuxLoader: .misbehaves(.decoy, "the first one counts", "\(ZooSource.rust) parse_elf_note")
    ) { $0.notes = .notes([.entry(decoy), .entry(entry)]) },
    ZooImage(
      "two-note-segments", "There are two PT_NOTEs with a PVH note; the second one is right.",
      xl: .boots("the last one counts", "\(ZooSource.dominfo) elf_xen_parse"),
      qemu: .boots("the last PT_NOTE counts", "\(ZooSource.elfOps) load_elf"),
      linuxLoader: .boots("the last PT_NOTE counts", "\(ZooSource.rust) load")
    ) { $0.first = [.notes([.entry(decoy)])] },
    ZooImage(
      "note-8-bytes", "The note's descriptor has 8 bytes, as Linux has it.",
      xl: .boots(
        "1, 2, 4 and 8 bytes are numbers", "\(ZooSource.tools) elf_note_numeric"),
      qemu: .boots("in ELF64, 8 bytes are read whatever the size", ZooSource.startAddress),
      linuxLoader: .boots("4 bytes or more are enough", "\(ZooSource.rust) parse_elf_note")
    ) { $0.notes = .notes([.entry(entry, size: 8)]) },
    ZooImage(
      "note-2-bytes", "The note's descriptor has 2 bytes; the image is linked at 12 KiB.",
      xl: .boots(
        "1, 2, 4 and 8 bytes are numbers", "\(ZooSource.tools) elf_note_numeric"),
      qemu: .boots("8 bytes are read whatever the size", ZooSource.startAddress),
      linuxLoader: .refused(
        "fewer than 4 bytes: \"Invalid PVH note header\"", "\(ZooSource.rust) parse_elf_note")
    ) { image in
      image.move(to: 0x3000)
      image.notes = .notes([.entry(0x3010, size: 2)])
    },
    ZooImage(
      "note-16-bytes", "The note's descriptor has 16 bytes, of which the first 4 are the entry.",
      xl: .refused(
        "16 bytes are no number and read as 0, outside the image: \"ELF start or entries are out of "
          + "bounds\"", "\(ZooSource.tools) elf_note_numeric"),
      qemu: .boots("8 bytes are read whatever the size", ZooSource.startAddress),
      linuxLoader: .boots("4 bytes or more are enough", "\(ZooSource.rust) parse_elf_note")
    ) { $0.notes = .notes([.entry(entry, size: 16)]) },
    ZooImage(
      "notes-padded-to-8",
      "The PT_NOTE is aligned to 8, and so are its notes: a foreign one of 20 bytes, then the PVH note.",
      xl: .refused(
        "notes are stepped over by 4 whatever the alignment, and the PVH note is missed",
        "\(ZooSource.tools) elf_note_next"),
      qemu: .refused(
        "owner and descriptor are each padded to the alignment, and the PVH note is missed",
        "\(ZooSource.elfOps) get_elf_note_type"),
      linuxLoader: .rustFindsNone("notes are stepped over by 4 whatever the alignment")
    ) { image in
      var foreign = ZooNote.foreign(20)
      // Header and owner have 16 bytes: the descriptor's padding alone differs.
      foreign.descriptor += [0, 0, 0, 0]
      var bytes = foreign.bytes
      bytes.replaceSubrange(4..<8, with: zooBytes(20, 4))
      image.notes = .notes([], alignment: 8)
      image.notes.content = bytes + ZooNote.entry(entry).bytes
    },
    ZooImage(
      "notes-padded-to-4",
      "The PT_NOTE is aligned to 8, and its notes to 4: a foreign one of 20 bytes, then the PVH note.",
      xl: .boots(
        "notes are stepped over by 4 whatever the alignment", "\(ZooSource.tools) elf_note_next"),
      qemu: .refused(
        "the alignment counts, and the PVH note is missed",
        "\(ZooSource.elfOps) get_elf_note_type"),
      linuxLoader: .boots(
        "notes are stepped over by 4 whatever the alignment", "\(ZooSource.rust) parse_elf_note")
    ) { $0.notes = .notes([.foreign(20), .entry(entry)], alignment: 8) },
    ZooImage(
      "notes-alignment-0", "The PT_NOTE has alignment 0.",
      xl: .boots("the alignment does not count", "\(ZooSource.tools) elf_note_next"),
      qemu: .refused(
        "it divides by the alignment, and dies of that", "\(ZooSource.elfOps) get_elf_note_type"),
      linuxLoader: .boots("the alignment does not count", "\(ZooSource.rust) parse_elf_note")
    ) { $0.notes.alignment = 0 },
    ZooImage(
      "owner-without-nul", "The note's owner has 3 bytes, \"Xen\"; the padding is its NUL.",
      xl: .boots(
        "the owner is compared as a text, up to its NUL", "\(ZooSource.dominfo) elf_xen_parse_notes"
      ),
      qemu: .boots("the owner does not count", "\(ZooSource.elfOps) get_elf_note_type"),
      linuxLoader: .rustFindsNone("the owner has to have 4 bytes")
    ) { image in
      var note = ZooNote.entry(entry)
      note.owner.removeLast()
      image.notes = .notes([note])
    },
  ]
}
