// SPDX-License-Identifier: Apache-2.0

import XenABI

extension PVHImage {
  /// Findings about notes that mean nothing to a PVH guest, and whose numbers Xen checks all the same.
  ///
  /// Source: `elf_xen_addr_calc_check` in `xen/common/libelf/libelf-dominfo.c`.
  var addressNoteFindings: [Finding] { [paddrOffsetFinding, p2mFinding].compactMap(\.self) }

  private var paddrOffsetFinding: Finding? {
    guard let offset = xenNotes.last(where: { $0.xenType == .paddrOffset }),
      xenNotes.last(where: { $0.xenType == .virtBase })?.number ?? .max == .max,
      offset.number != .max
    else { return nil }
    return Finding(
      .paddrOffsetAlone, "has a PADDR_OFFSET note and no VIRT_BASE note, which Xen 4.17 refuses",
      offset: offset.offset, remedy: "Leave PADDR_OFFSET out; it is for PV guests.")
  }

  private var p2mFinding: Finding? {
    guard let note = xenNotes.last(where: { $0.xenType == .initP2M }), let extent,
      extent.contains(GuestPhysicalAddress(rawValue: note.number)), note.number != .max
    else { return nil }
    return Finding(
      .p2mInsideImage, "has an INIT_P2M note with \(hex(note.number)), inside the image",
      offset: note.descriptorOffset, remedy: "Leave INIT_P2M out; it is for PV guests.")
  }
}
