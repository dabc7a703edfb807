// SPDX-License-Identifier: Apache-2.0

extension KnownMessage {
  /// Sources: `xen/arch/x86/hvm/*.c`, `xen/arch/x86/mm/p2m-pod.c`, `xen/common/domain.c`.
  static let ofXen = [
    KnownMessage(
      .xen, "Unable to find XEN_ELFNOTE_PHYS32_ENTRY address",
      meaning: "dom0=pvh was asked for, and the kernel of dom0 has no PHYS32_ENTRY note.",
      remedy: "Use a kernel with PVH support (Linux: CONFIG_PVH), or leave dom0=pvh out.",
      causes: [.noPVHNote, .pvhNoteHidden]),
    KnownMessage(
      .xen, "Unable to parse kernel for ELFNOTES",
      meaning: "Xen refuses the notes of dom0's kernel.",
      remedy: "Ask which: pvh check --launcher dom0.",
      causes: [.noPVHNote, .pvhNoteHidden, .entryOutsideImage, .unknownRequiredFeature]),
    KnownMessage(
      .xen, "Triple fault - invoking HVM shutdown action",
      meaning:
        "The guest faulted before it could handle faults, so its virtual processor was reset. "
        + "Either it runs what it was not linked to be, or its first code is wrong: PVH starts in "
        + "32-bit mode, without paging, stack or descriptor tables.",
      remedy: "Check the image; then look at the registers that Xen prints behind this line.",
      causes: [
        .entryNotLoaded, .segmentPastEndOfFile, .segmentsOverlap, .segmentWithoutFlags,
        .segmentUnaligned, .segmentWraps, .segmentFileSize, .entryOutsideImage,
      ]),
    KnownMessage(
      .xen, "Insn len emulation failed",
      meaning:
        "The guest used an instruction that Xen has to emulate, and Xen could not read it. Most often "
        + "it is RDTSCP (0f 01 f9) in a domain whose time-stamp counter is emulated, on a processor "
        + "that is itself emulated, as in the lab. Xen then ends the domain.",
      remedy:
        "Give the domain the processor's counter: --tsc native, or tsc_mode=\"native\" for xl."),
    KnownMessage(
      .xen, "out of PoD memory",
      meaning: "The domain touched more memory than it has: maxmem is larger than memory.",
      remedy: "Set memory and maxmem to the same."),
    KnownMessage(
      .xen, "EPT violation",
      meaning: "The guest touched an address where it has no memory.",
      remedy: "Stay inside the memory map of the start info.",
      causes: [.segmentInSpecialPages, .entryNotLoaded]),
    KnownMessage(
      .xen, "vmentry failure",
      meaning: "The processor refuses to run the guest in its present state.",
      remedy: "Look at the registers that Xen prints behind this line."),
    KnownMessage(
      .xen, "VMX disabled by BIOS",
      meaning: "The firmware keeps the processor's virtualisation switched off.",
      remedy: "Switch VT-x on in the firmware's settings."),
    KnownMessage(
      .xen, "Domain ", "crashed on cpu",
      meaning: "Xen ended the domain; the lines before this one say why.",
      remedy: "Look at them, and at the registers behind."),
    KnownMessage(
      .xen, "Domain ", "reported crashed by domain",
      meaning: "The guest or the toolstack itself said that it crashed.",
      remedy: "Look at the guest's console."),
  ]
}
