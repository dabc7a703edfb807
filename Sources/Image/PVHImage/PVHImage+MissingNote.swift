// SPDX-License-Identifier: Apache-2.0

extension PVHImage {
  /// The finding for an image without a PHYS32_ENTRY note, with what is there instead.
  var missingNote: Finding {
    if let hiddenNoteOffset {
      return Finding(
        .pvhNoteHidden,
        "has a Xen PHYS32_ENTRY note that Xen does not reach: it steps from note to note by sizes "
          + "rounded up to 4, and those before it lead elsewhere",
        offset: hiddenNoteOffset,
        remedy: "Put Xen's note into a PT_NOTE of its own and discard the others.")
    }
    if let hidden = sectionNotes.first(where: \.isPVHEntry) {
      return Finding(
        .noPVHNote,
        "has its Xen PHYS32_ENTRY note in \(hidden.place.label) only, where Xen does not look "
          + "because a PT_NOTE has other Xen notes",
        offset: hidden.offset, remedy: Self.noteRemedy)
    }
    if let first = xenNotes.first {
      let types = xenNotes.prefix(8).map { $0.xenType?.name ?? String($0.type) }
        .joined(separator: ", ")
      return Finding(
        .noPVHNote,
        "has \(counted(xenNotes.count, "Xen note")) (\(types)), none of which is PHYS32_ENTRY"
          + (isForPV ? ": it was built for PV domains" : ""),
        offset: first.offset, remedy: isForPV ? Self.pvRemedy : Self.noteRemedy)
    }
    if let skipped = programHeaders.first(where: { $0.type == .note && $0.fileOffset == 0 }) {
      return Finding(
        .noPVHNote,
        "has no Xen PHYS32_ENTRY note, and a \(skipped.label) at file offset 0, "
          + "which Xen skips",
        offset: at(.fileOffset, of: skipped), remedy: Self.noteRemedy)
    }
    return Finding(
      .noPVHNote, "has no Xen PHYS32_ENTRY note" + withoutNotes, remedy: Self.noteRemedy)
  }

  /// Whether the image starts as PV domains do, on page tables that Xen made.
  ///
  /// No note makes a PVH image of it, since that starts in other code.
  public var isForPV: Bool {
    entry == nil
      // ENTRY, HYPERCALL_PAGE, VIRT_BASE, PADDR_OFFSET, LOADER, PAE_MODE
      && xenNotes.contains { [1, 2, 3, 4, 8, 9].contains($0.type) }
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
