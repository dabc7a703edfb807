// SPDX-License-Identifier: Apache-2.0

import XenABI

extension PVHImage {
  /// Findings about the PHYS32_ENTRY note and the address in it.
  var entryFindings: [Finding] {
    guard let entry else { return [missingNote] }
    var findings = noteFindings(entry)
    guard let extent else { return findings }
    if !extent.contains(entry.address), entry.address != extent.end {
      findings.append(
        Finding(
          .entryOutsideImage,
          "starts at \(hex(entry.address.rawValue)), outside the image, which is "
            + "\(hex(extent.start.rawValue)) up to \(hex(extent.end.rawValue))",
          offset: entry.note.descriptorOffset, remedy: Self.entryRemedy))
      return findings
    }
    guard let segment = segments.first(where: { $0.loadsFileByte(at: entry.address) }) else {
      findings.append(
        Finding(
          .entryNotLoaded,
          "starts at \(hex(entry.address.rawValue)), where no byte of the file is loaded",
          offset: entry.note.descriptorOffset, remedy: Self.entryRemedy))
      return findings
    }
    if !segment.flags.contains(.execute) {
      findings.append(
        Finding(
          .entryNotExecutable,
          "starts at \(hex(entry.address.rawValue)) in \(segment.label), which is not executable",
          offset: entry.note.descriptorOffset,
          remedy: "Place the entry's section in the executable segment."))
    }
    return findings
  }

  /// Findings about the form and the number of PHYS32_ENTRY notes.
  private func noteFindings(_ entry: PVHEntry) -> [Finding] {
    var findings: [Finding] = []
    let note = entry.note
    // Linux has 8 bytes, which all readers take for that reason.
    if note.descriptorSize != 4, note.descriptorSize != 8 {
      let isRead = ImageNote.numberSizes.contains(Int(note.descriptorSize))
      findings.append(
        Finding(
          isRead ? .pvhNoteOddSize : .pvhNoteSize,
          "has a PHYS32_ENTRY descriptor of \(counted(note.descriptorSize, "byte"))"
            + (isRead ? "" : ", which Xen reads as address 0"),
          offset: note.offset + 4, remedy: "Write the entry as one 32-bit number (4 bytes)."))
    }
    let others = xenNotes.filter { $0.isPVHEntry && PVHEntry($0).address != entry.address }
    if let other = others.first {
      findings.append(
        Finding(
          .pvhNotesDisagree,
          "has PHYS32_ENTRY notes for \(hex(PVHEntry(other).address.rawValue)) and "
            + "\(hex(entry.address.rawValue)), of which Xen takes the last",
          offset: other.offset, remedy: "Keep one PHYS32_ENTRY note."))
    }
    if case .section = note.place {
      findings.append(
        Finding(
          .pvhNoteOnlyInSection,
          "has its PHYS32_ENTRY note in \(note.place.label) only: Xen finds it, QEMU does not",
          offset: note.offset, remedy: Self.noteRemedy))
    }
    return findings
  }

  static var noteRemedy: String {
    "Put a note of owner \"Xen\", type 18 and the 32-bit entry into a PT_NOTE segment; "
      + "`pvh build` and `pvh note add` do."
  }

  private static var entryRemedy: String {
    "Let the PHYS32_ENTRY note refer to the physical address of the first instruction."
  }
}
