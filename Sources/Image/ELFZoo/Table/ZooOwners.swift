// SPDX-License-Identifier: Apache-2.0

extension ZooImage {
  private static let decoy: UInt64 = 0x10_0000
  private static let entry: UInt64 = 0x10_0010

  /// Notes of others, and other notes of Xen.
  static let otherNotes: [ZooImage] = [
    ZooImage(
      "other-owner", "The only note of type 18 is of the owner \"ABC\", and names no PVH entry.",
      xl: .refused(
        "there is no note of Xen", "\(ZooSource.dominfo) elf_xen_parse_notes"),
      qemu: .misbehaves(
        .decoy, "the owner does not count", "\(ZooSource.elfOps) get_elf_note_type"),
      linuxLoader: .rustFindsNone("the owner counts")
    ) { $0.notes = .notes([abc]) },
    ZooImage(
      "other-owner-first",
      "Before the PVH note there is one of type 18 and the owner \"ABC\", which names no PVH entry.",
      xl: .boots("the owner counts", "\(ZooSource.dominfo) elf_xen_parse_notes"),
      qemu: .misbehaves(
        .decoy, "the owner does not count, and the first one does",
        "\(ZooSource.elfOps) get_elf_note_type"),
      linuxLoader: .boots("the owner counts", "\(ZooSource.rust) parse_elf_note")
    ) { $0.notes = .notes([abc, .entry(entry)]) },
    ZooImage(
      "build-id-first",
      "Before the PVH note there is a build id of 20 bytes, all of it aligned to 4.",
      xl: .xlBoots, qemu: .qemuBoots, linuxLoader: .rustBoots
    ) { $0.notes = .notes([.foreign(20), .entry(entry)]) },
    ZooImage(
      "huge-note", "Before the PVH note there is a foreign one of 256 KiB.",
      xl: .xlBoots, qemu: .qemuBoots, linuxLoader: .rustBoots
    ) { $0.notes = .notes([.foreign(256 << 10), .entry(entry)]) },
    ZooImage(
      "many-notes", "Before the PVH note there are 65,536 foreign ones without a descriptor.",
      xl: .refused(
        "more than 65,536 notes are not read", "\(ZooSource.dominfo) elf_xen_parse"),
      qemu: .boots("there is no limit", "\(ZooSource.elfOps) get_elf_note_type"),
      linuxLoader: .boots("there is no limit", "\(ZooSource.rust) parse_elf_note")
    ) { image in
      image.notes = .notes([])
      let foreign = ZooNote.foreign(0).bytes
      image.notes.content =
        (0..<65536).flatMap { _ in foreign } + ZooNote.entry(entry).bytes
    },
    ZooImage(
      "for-dom0-only", "A FEATURES note requires that the image runs as control domain: \"!dom0\".",
      xl: .refused(
        "a domU is not what the image wants", "\(ZooSource.elfLoader) xc_dom_parse_elf_kernel"),
      qemu: .qemuBoots, linuxLoader: .rustBoots
    ) { $0.notes = .notes([.features("!dom0"), .entry(entry)]) },
    ZooImage(
      "unknown-feature", "A FEATURES note requires what Xen does not know: \"!time_travel\".",
      xl: .refused("a feature is unknown", "\(ZooSource.dominfo) elf_xen_parse_features"),
      qemu: .qemuBoots, linuxLoader: .rustBoots
    ) { $0.notes = .notes([.features("!time_travel"), .entry(entry)]) },
    ZooImage(
      "relocatable",
      "Before the PVH note there is a PHYS32_RELOC note (type 19), known from Xen 4.19 on.",
      xl: .boots(
        "older versions do not know the note, newer ones move control domains only",
        "\(ZooSource.dominfo) elf_xen_parse_note"),
      qemu: .qemuBoots, linuxLoader: .rustBoots
    ) { image in
      let limits = [0x20_0000, 0x10_0000, 0x4000_0000].flatMap { zooBytes($0, 4) }
      image.notes = .notes([ZooNote(type: 19, descriptor: limits), .entry(entry)])
    },
    ZooImage(
      "notes-last", "The PT_NOTE has the last program header.",
      xl: .xlBoots, qemu: .qemuBoots, linuxLoader: .rustBoots
    ) { $0.hasNotesLast = true },
    ZooImage(
      "note-not-e-entry", "The PVH note names another address than e_entry.",
      xl: .boots("e_entry does not count", "\(ZooSource.dominfo) elf_xen_note_check"),
      qemu: .boots("e_entry does not count", ZooSource.startAddress),
      linuxLoader: .boots(
        "e_entry is for those who do not start images by PVH", "\(ZooSource.rust) load")
    ) { $0.entry = decoy },
  ]

  private static let abc = ZooNote(
    owner: Array("ABC\0".utf8), type: 18, descriptor: zooBytes(decoy, 4))
}
