// SPDX-License-Identifier: Apache-2.0

import XenABI

/// The text of a FEATURES note: names between "|", each after a "!" if the image requires it.
///
/// Source: `elf_xen_parse_features` in `xen/common/libelf/libelf-dominfo.c`.
struct FeatureList {
  let required: [String]

  init(_ text: String) {
    required = text.split(separator: "|").filter { $0.hasPrefix("!") }.map {
      String($0.dropFirst())
    }
  }

  /// All that Xen has a name for. C names: `XENFEAT_*`.
  static var known: Set<String> {
    [
      "writable_page_tables", "writable_descriptor_tables", "auto_translated_physmap",
      "supervisor_mode_kernel", "pae_pgdir_above_4gb", "hvm_callback_vector", "dom0",
    ]
  }
}

extension PVHImage {
  /// Findings about what the image asks of Xen in its FEATURES notes.
  var featureFindings: [Finding] {
    xenNotes.filter { $0.xenType == .features }.flatMap { note in
      let text = String(decoding: note.descriptor.prefix { $0 != 0 }, as: UTF8.self)
      return FeatureList(text).required.compactMap { finding(required: $0, in: note) }
    }
  }

  private func finding(required feature: String, in note: ImageNote) -> Finding? {
    guard FeatureList.known.contains(feature) else {
      return Finding(
        .unknownRequiredFeature,
        "requires the feature \"!\(feature)\" in its FEATURES note, which Xen does not know",
        offset: note.descriptorOffset, remedy: "Leave out the \"!\", or the feature.")
    }
    guard feature == "dom0" else { return nil }
    return Finding(
      .requiresDom0,
      "requires the feature \"!dom0\" in its FEATURES note: it runs as control domain only",
      offset: note.descriptorOffset, remedy: "Leave \"!dom0\" out, or boot it as dom0.")
  }
}
