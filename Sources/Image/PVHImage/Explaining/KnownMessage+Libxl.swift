// SPDX-License-Identifier: Apache-2.0

extension KnownMessage {
  /// Sources: `tools/libs/light/*.c`, `tools/xl/*.c`, `tools/libs/call/linux.c`.
  static let ofLibxl = [
    KnownMessage(
      .libxl, "xc_dom_parse_image failed",
      meaning: "libxenguest refuses the kernel; a line of its own says why. What stands behind the "
        + "colon here is left over from another call.",
      remedy: "Look for the line with xc_dom_ and panic above, or: pvh check FILE.",
      causes: [
        .noPVHNote, .pvhNoteHidden, .entryOutsideImage, .requiresDom0, .unknownRequiredFeature,
        .truncatedELF, .notELF, .paddrOffsetAlone, .p2mInsideImage, .pvhNoteSize,
      ]),
    KnownMessage(
      .libxl, "xc_dom_build_image failed", ": Device or resource busy",
      meaning:
        "The pool for the domain's page tables is too small, most likely: xl sizes it by memory and "
        + "vcpus as the configuration has them, and where vcpus is missing it counts none, which "
        + "leaves too little with 16 MiB of memory and less.",
      remedy: "Write vcpus = 1 into the configuration."),
    KnownMessage(
      .libxl, "Failed to set paging mempool size to ",
      meaning:
        "The pool for the domain's page tables would be smaller than what is in use, or Xen has no "
        + "memory for it. xl counts no vCPU in it where vcpus is missing, which is too little with "
        + "8 MiB of memory and less.",
      remedy: "Write vcpus = 1 into the configuration; xl info shows free_memory."),
    KnownMessage(
      .libxl, "xc_dom_build_image failed",
      meaning:
        "libxenguest could not place the image in the domain's memory. What stands behind the "
        + "colon here is left over from another call.",
      remedy: "Give the domain more memory, and check the image's addresses: pvh check FILE.",
      causes: [
        .imageStartUnaligned, .memoryTooSmall, .noLoadableSegment, .segmentAbove4GiB,
        .segmentInSpecialPages, .segmentWraps, .emptySegment, .emptyModule,
      ]),
    KnownMessage(
      .libxl, "xc_dom_kernel_file failed",
      meaning: "The kernel file could not be read or unpacked.",
      remedy: "Correct the path, which is one of the control domain, or pack the kernel again.",
      causes: [.damagedPacking, .fileTooLarge, .emptyFile]),
    KnownMessage(
      .libxl, "xc_dom_ramdisk_file failed", meaning: "The module (ramdisk) could not be read.",
      remedy: "Correct the path, which is one of the control domain."),
    KnownMessage(
      .libxl, "xc_dom_boot_mem_init failed",
      meaning: "Xen has less free memory than the domain is to get.",
      remedy: "Give the domain less; xl info shows free_memory."),
    KnownMessage(
      .libxl, "xc_dom_boot_image failed",
      meaning: "The domain was built, and its start state could not be set.",
      remedy: "xl dmesg shows what Xen refused.", causes: [.entryOutsideImage]),
    KnownMessage(
      .libxl, "domain creation fail",
      meaning: "Xen does not make a domain of this kind: no right to, no virtualisation, or no "
        + "nested page tables.",
      remedy: "Work as root in the control domain; xl info should show virt_caps with hvm and hap."),
    KnownMessage(
      .libxl, "Domain with name \"", "already exists",
      meaning: "A domain of this name runs, or is on its way out.",
      remedy: "Choose another name, or destroy the other one: xl destroy NAME."),
    KnownMessage(
      .libxl, "passthrough not yet supported for x86 PVH guests",
      meaning: "Devices cannot be passed through to PVH domains.",
      remedy: "Leave pci= out, or use type=\"hvm\"."),
    KnownMessage(
      .xl, "failed to free memory for the domain",
      meaning: "The control domain has no memory to give away.",
      remedy: "Give the domain less, or lower dom0_mem; xl info shows free_memory."),
    KnownMessage(
      .xl, "cannot init xl context", meaning: "xl does not reach Xen or xenstored.",
      remedy: "Is this a control domain booted under Xen, is xenstored running, and are you root?"),
    KnownMessage(
      .libxencall, "Could not obtain handle on privileged command interface",
      meaning: "/dev/xen/privcmd is missing or not for you: this is no control domain, the module "
        + "xen-privcmd is not loaded, or you are not root.",
      remedy: "Boot under Xen, work as root; without Xen: pvh run --on lab."),
  ]
}
