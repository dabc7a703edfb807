// SPDX-License-Identifier: Apache-2.0

extension KnownMessage {
  /// Source: `tools/libs/guest/xg_dom_*.c`.
  static let ofLibxenguest = [
    KnownMessage(
      .libxenguest, "no loader found",
      meaning:
        "None of libxenguest's loaders takes the file: most often it has no Xen note, or one "
        + "that Xen does not reach. The words behind it are of no meaning.",
      remedy: "Ask what is in the file: pvh check FILE. To give it a note: pvh note add.",
      causes: [
        .noPVHNote, .pvhNoteHidden, .entryOutsideImage, .truncatedELF, .unknownRequiredFeature,
        .paddrOffsetAlone, .p2mInsideImage, .notELF, .damagedPacking, .pvhNoteSize,
      ]),
    KnownMessage(
      .libxenguest, "ELF image is not 32bit",
      meaning: "The file has no usable Xen note. libxenguest then takes it for firmware like "
        + "hvmloader, which is 32-bit; this file has 64 bits. That is not what is wrong with it.",
      remedy: "Give it a PVH note: pvh note add FILE --entry SYMBOL.",
      causes: [
        .noPVHNote, .pvhNoteHidden, .entryOutsideImage, .pvhNoteSize, .paddrOffsetAlone,
        .p2mInsideImage, .unknownRequiredFeature,
      ]),
    KnownMessage(
      .libxenguest, "image not capable of booting inside a HVM container",
      meaning: "The image has Xen notes, but no PHYS32_ENTRY: it was made for PV guests.",
      remedy: "Build the kernel with PVH support (Linux: CONFIG_PVH), or use type=\"pv\".",
      causes: [.noPVHNote, .pvhNoteHidden]),
    KnownMessage(
      .libxenguest, "segment boundary isn't page aligned (0xffffffffffffffff)",
      meaning: "The image has no segment that is loaded.",
      remedy: "Link it with PT_LOAD segments that have flags.",
      causes: [.noLoadableSegment, .segmentWithoutFlags]),
    KnownMessage(
      .libxenguest, "segment boundary isn't page aligned",
      meaning: "The lowest physical address of the image is not a multiple of 4096.",
      remedy: "Align the first segment to 4096 in the linker script.",
      causes: [.imageStartUnaligned, .emptySegment]),
    KnownMessage(
      .libxenguest, "segment kernel too large",
      meaning: "The image ends above the domain's memory; what is below it counts too.",
      remedy: "Give the domain more memory, or link the image lower.",
      causes: [.memoryTooSmall, .segmentAbove4GiB, .segmentInSpecialPages, .segmentWraps]),
    KnownMessage(
      .libxenguest, "segment ", " too large",
      meaning: "Image, modules and start info together do not fit into the domain's memory.",
      remedy: "Give the domain more memory.",
      causes: [.memoryTooSmall, .segmentAbove4GiB]),
    KnownMessage(
      .libxenguest, "Kernel does not support unprivileged (DomU) operation",
      meaning:
        "The image requires the feature \"dom0\": it is a kernel for the control domain only.",
      remedy: "Use a kernel that was built for domains, too.", causes: [.requiresDom0]),
    KnownMessage(
      .libxenguest, "unsupported feature requested",
      meaning: "The image or the configuration requires a feature that the image does not support.",
      remedy: "Take it out of the FEATURES note or of the configuration.",
      causes: [.unknownRequiredFeature]),
    KnownMessage(
      .libxenguest, "kernel is not an ELF image",
      meaning: "The file does not begin like an ELF file.",
      remedy: "Name the linked image; unpack it if it is packed in a way that Xen does not know.",
      causes: [.notELF, .damagedPacking, .unsupportedPacking]),
    KnownMessage(
      .libxenguest, "corrupted ELF image",
      meaning: "A table of headers passes the end of the file: the file was cut short.",
      remedy: "Copy or build it again.", causes: [.truncatedELF]),
    KnownMessage(
      .libxenguest, "guest type ", " not supported by xen kernel",
      meaning: "This Xen cannot run PVH domains: the processor's virtualisation is off or missing.",
      remedy: "Switch VT-x or AMD-V on in the firmware's settings; xl info shows virt_caps."),
    KnownMessage(
      .libxenguest, "failed to open file '",
      meaning: "The file is not there, or may not be read, in the control domain.",
      remedy: "Correct the path; it is one of the control domain."),
    KnownMessage(
      .libxenguest, "zero length file", meaning: "The kernel or module has 0 bytes.",
      remedy: "Build it again, or leave the module out.", causes: [.emptyFile]),
    KnownMessage(
      .libxenguest, "kernel image too large", meaning: "The kernel has more than 1 GiB.",
      remedy: "Strip debug information.", causes: [.fileTooLarge]),
    KnownMessage(
      .libxenguest, "tried to map file which is too large",
      meaning: "A kernel or module has more than 1 GiB.",
      remedy: "Strip debug information; hand large data over as a disk.", causes: [.fileTooLarge]),
    KnownMessage(
      .libxenguest, "inflate failed", meaning: "The gzip-ed kernel or module is damaged.",
      remedy: "Copy or pack it again.", causes: [.damagedPacking]),
    KnownMessage(
      .libxenguest, "can't allocate low memory for domain",
      meaning: "Xen has less free memory than the domain is to get.",
      remedy: "Give the domain less; xl info shows free_memory. Make the control domain smaller."),
    KnownMessage(
      .libxenguest, "Could not allocate memory for HVM guest",
      meaning: "Xen has less free memory than the domain is to get.",
      remedy: "Give the domain less; xl info shows free_memory. Make the control domain smaller."),
  ]

  /// Source: `xen/common/libelf/*.c`; libxenguest shows these at its debug level only.
  static let ofLibelf = [
    KnownMessage(
      .libxenguest, "ELF start or entries are out of bounds",
      meaning: "The entry in the PHYS32_ENTRY note lies outside the image.",
      remedy: "Let the note refer to the physical address of the first instruction.",
      causes: [.entryOutsideImage, .pvhNoteSize]),
    KnownMessage(
      .libxenguest, "P->M table base is out of bounds",
      meaning: "An INIT_P2M note names an address inside the image.", remedy: "Leave the note out.",
      causes: [.p2mInsideImage]),
    KnownMessage(
      .libxenguest, "ELF_PADDR_OFFSET set, VIRT_BASE unset",
      meaning: "There is a PADDR_OFFSET note without VIRT_BASE; a PVH guest needs neither.",
      remedy: "Leave the note out.", causes: [.paddrOffsetAlone]),
    KnownMessage(
      .libxenguest, "Not a Xen-ELF image", meaning: "There is no Xen note in the file.",
      remedy: "Give it one: pvh note add FILE --entry SYMBOL.",
      causes: [.noPVHNote, .pvhNoteHidden]),
    KnownMessage(
      .libxenguest, "Will only load images built for the generic loader or Linux images",
      meaning: "There are Xen notes, but none is PHYS32_ENTRY, nor enough of them for a PV guest.",
      remedy: "Give it a PVH note: pvh note add FILE --entry SYMBOL.",
      causes: [.noPVHNote, .pvhNoteHidden]),
    KnownMessage(
      .libxenguest, "hdr overflow", meaning: "A table of headers passes the end of the file.",
      remedy: "Copy or build the image again.", causes: [.truncatedELF]),
    KnownMessage(
      .libxenguest, "program segments total to more than the input image size",
      meaning: "Segments overlap so much that Xen stops copying.",
      remedy: "Give each segment physical addresses of its own.", causes: [.segmentsOverlap]),
    KnownMessage(
      .libxenguest, "out of range access",
      meaning: "A header, note or segment refers to bytes that the file does not have. Xen goes on "
        + "without them.",
      remedy: "Copy or build the image again.",
      causes: [.segmentPastEndOfFile, .malformedNote, .segmentFileSize]),
  ]
}
