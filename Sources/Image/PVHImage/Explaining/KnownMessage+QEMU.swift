// SPDX-License-Identifier: Apache-2.0

extension KnownMessage {
  /// Sources: `hw/i386/x86.c`, `hw/i386/multiboot.c`, `hw/core/loader.c`.
  static let ofQEMU = [
    KnownMessage(
      .qemu, "Error loading uncompressed kernel without PVH ELF Note",
      meaning:
        "QEMU finds no note of type 18 in a PT_NOTE. It does not look at sections, and steps "
        + "from note to note by the segment's alignment.",
      remedy: "Put the note into a PT_NOTE of its own, aligned to 4: pvh note replace does.",
      causes: [.pvhNoteNotForQEMU]),
    KnownMessage(
      .qemu, "Cannot load x86-64 image, give a 32bit one",
      meaning:
        "QEMU found a Multiboot header, which it obeys before the PVH note, and its Multiboot "
        + "loader takes 32-bit files only.",
      remedy: "Leave the Multiboot header out.", causes: [.multibootELF64, .multibootHeader]),
    KnownMessage(
      .qemu, "Error while loading elf kernel",
      meaning:
        "A segment or note passes the end of the file, or the file is for another processor.",
      remedy: "Copy or build the image again, for x86.",
      causes: [.segmentPastEndOfFile, .wrongMachine, .truncatedELF]),
    KnownMessage(
      .qemu, "Some ROM regions are overlapping",
      meaning: "Two segments, or a segment and QEMU's firmware, claim the same memory.",
      remedy: "Give each segment addresses of its own, at 1 MiB or above.",
      causes: [.segmentsOverlap, .segmentUnderFirmware]),
    KnownMessage(
      .qemu, "invalid kernel header",
      meaning: "The file is neither an ELF file nor a Linux boot image.",
      remedy: "Give QEMU the linked image, unpacked.",
      causes: [.packedForQEMU, .notELF, .emptyFile]),
    KnownMessage(
      .qemu, "could not load kernel '", meaning: "The file is not there or may not be read.",
      remedy: "Correct the path.", causes: [.missingFile, .cannotOpen]),
    KnownMessage(
      .qemu, "linux kernel too old to load a ram disk",
      meaning: "QEMU takes the file for a very old Linux kernel, because it is none at all.",
      remedy: "Give QEMU the linked image, unpacked.", causes: [.packedForQEMU, .notELF]),
  ]
}
