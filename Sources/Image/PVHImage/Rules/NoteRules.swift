// SPDX-License-Identifier: Apache-2.0

import XenABI

extension Rule {
  static let notes: [Rule] = [
    .malformedNote, .tooManyNotes, .paddrOffsetAlone, .p2mInsideImage, .requiresDom0,
    .unknownRequiredFeature,
  ]

  static let manifest: [Rule] = [.damagedManifest]

  /// A note's header, owner or descriptor passes the end of what contains it.
  public static let malformedNote = Rule(
    "malformed-note", xl: .warning, qemu: nil, dom0: .warning,
    source: "Xen: xen/common/libelf/libelf-tools.c elf_note_next",
    remedy: "Put Xen's note into a PT_NOTE of its own and discard the others.",
    check: .whileReading)

  /// There are more notes than Xen reads.
  public static let tooManyNotes = Rule(
    "too-many-notes", xl: .warning, qemu: nil, dom0: .warning,
    source: "Xen: xen/common/libelf/libelf-dominfo.c elf_xen_parse",
    remedy: "Discard foreign notes in the linker script.", check: .whileReading)

  /// A PADDR_OFFSET note without a VIRT_BASE note.
  public static let paddrOffsetAlone = Rule(
    "paddr-offset-alone", xl: .refused, qemu: nil, dom0: .refused, source: addressCheck,
    remedy: "Leave PADDR_OFFSET out; it is for PV guests.",
    check: .image { image in
      guard let offset = image.lastNote(.paddrOffset), offset.number != .max,
        image.lastNote(.virtBase)?.number ?? .max == .max
      else { return [] }
      return [
        Violation(
          "has a PADDR_OFFSET note and no VIRT_BASE note, which Xen 4.17 refuses", at: offset.offset
        )
      ]
    })

  /// An INIT_P2M note names an address inside the image.
  public static let p2mInsideImage = Rule(
    "p2m-inside-image", xl: .refused, qemu: nil, dom0: .refused, source: addressCheck,
    remedy: "Leave INIT_P2M out; it is for PV guests.",
    check: .image { image in
      guard let note = image.lastNote(.initP2M), note.number != .max, let extent = image.extent,
        extent.contains(GuestPhysicalAddress(rawValue: note.number))
      else { return [] }
      return [
        Violation(
          "has an INIT_P2M note with \(hex(note.number)), inside the image",
          at: note.descriptorOffset)
      ]
    })

  /// Xen checks numbers that mean nothing to a PVH guest, too.
  private static let addressCheck =
    "Xen: xen/common/libelf/libelf-dominfo.c elf_xen_addr_calc_check"

  /// A FEATURES note requires that the image runs as control domain.
  public static let requiresDom0 = Rule(
    "requires-dom0", xl: .refused, qemu: nil, dom0: nil,
    source: "Xen: tools/libs/guest/xg_dom_elfloader.c xc_dom_parse_elf_kernel",
    remedy: "Leave \"!dom0\" out, or boot it as dom0.",
    check: .requiredFeature { feature in
      guard feature.name == "dom0" else { return nil }
      return Violation(
        "requires the feature \"!dom0\" in its FEATURES note: it runs as control domain only",
        at: feature.note.descriptorOffset)
    })

  /// A FEATURES note requires a feature that Xen does not know.
  public static let unknownRequiredFeature = Rule(
    "unknown-required-feature", xl: .refused, qemu: nil, dom0: .refused,
    source: "Xen: xen/common/libelf/libelf-dominfo.c elf_xen_parse_features",
    remedy: "Leave out the \"!\", or the feature.",
    check: .requiredFeature { feature in
      guard !RequiredFeature.known.contains(feature.name) else { return nil }
      return Violation(
        "requires the feature \"!\(feature.name)\" in its FEATURES note, which Xen does not know",
        at: feature.note.descriptorOffset)
    })

  /// The note with this project's manifest is not one.
  public static let damagedManifest = Rule(
    "damaged-manifest", xl: .warning, qemu: .warning, dom0: .warning,
    source: "PVHKit: docs/manifest.md", remedy: "Build the image again.",
    check: .image { image in
      guard case .damaged(let reason) = image.manifest else { return [] }
      return [
        Violation(
          "has a manifest note that cannot be read: \(reason)",
          at: image.manifestNote?.descriptorOffset)
      ]
    })
}

extension PVHImage {
  /// With several notes of a type Xen takes the last one.
  fileprivate func lastNote(_ type: XenNoteType) -> ImageNote? {
    xenNotes.last { $0.xenType == type }
  }

  /// What the image asks of Xen in its FEATURES notes: names between "|", each after a "!" if the image
  /// requires it.
  ///
  /// Source: `elf_xen_parse_features` in `xen/common/libelf/libelf-dominfo.c`.
  var requiredFeatures: [RequiredFeature] {
    xenNotes.filter { $0.xenType == .features }.flatMap { note in
      let text = String(decoding: note.descriptor.prefix { $0 != 0 }, as: UTF8.self)
      return text.split(separator: "|").filter { $0.hasPrefix("!") }
        .map { RequiredFeature(name: String($0.dropFirst()), note: note) }
    }
  }
}

/// A feature without which an image does not run.
struct RequiredFeature {
  let name: String
  let note: ImageNote

  /// All that Xen has a name for. C names: `XENFEAT_*`.
  static let known: Set = [
    "writable_page_tables", "writable_descriptor_tables", "auto_translated_physmap",
    "supervisor_mode_kernel", "pae_pgdir_above_4gb", "hvm_callback_vector", "dom0",
  ]
}
