// SPDX-License-Identifier: Apache-2.0

/// The stable names of all findings.
///
/// Programs compare the raw value; it never changes its meaning.
public enum FindingName: String, CaseIterable, Sendable {
  // MARK: The file cannot be read

  /// Nothing exists at the path.
  case missingFile = "missing-file"
  /// The operating system does not let us open the path.
  case cannotOpen = "cannot-open"
  /// The path is a directory.
  case directory = "directory"
  /// The path is a device, a FIFO or a socket.
  case notRegularFile = "not-regular-file"
  /// The file has 0 bytes.
  case emptyFile = "empty-file"
  /// A read failed although the bytes exist.
  case cannotRead = "cannot-read"
  /// The ELF file inside cannot be unpacked: it is damaged, cut short or too large.
  case damagedPacking = "damaged-packing"
  /// The ELF file inside is packed in a format that is not unpacked here.
  case unsupportedPacking = "unsupported-packing"
  /// The file does not begin with the ELF magic.
  case notELF = "not-elf"
  /// The ELF header, or a header table that it announces, passes the end of the file.
  case truncatedELF = "truncated-elf"
  /// The ELF header announces a variant that no x86 image uses.
  case unsupportedELF = "unsupported-elf"

  // MARK: Notes and entry

  /// No PHYS32_ENTRY note where Xen looks for one.
  case noPVHNote = "no-pvh-note"
  /// The PHYS32_ENTRY descriptor has a size that Xen reads as 0.
  case pvhNoteSize = "pvh-note-size"
  /// The PHYS32_ENTRY descriptor has 1 or 2 bytes: Xen reads it, other loaders may not.
  case pvhNoteOddSize = "pvh-note-odd-size"
  /// There is a PHYS32_ENTRY note, but the sizes in the note before it lead Xen past it.
  case pvhNoteHidden = "pvh-note-hidden"
  /// QEMU finds no PHYS32_ENTRY note.
  case pvhNoteNotForQEMU = "pvh-note-not-for-qemu"
  /// QEMU takes another note for the entry than Xen, or one that Xen does not take at all.
  case qemuStartsElsewhere = "qemu-starts-elsewhere"
  /// Several PHYS32_ENTRY notes give different addresses.
  case pvhNotesDisagree = "pvh-notes-disagree"
  /// The PHYS32_ENTRY note is in a section only; Xen finds it, QEMU does not.
  case pvhNoteOnlyInSection = "pvh-note-only-in-section"
  /// A note's header, owner or descriptor passes the end of what contains it.
  case malformedNote = "malformed-note"
  /// There are more notes than Xen reads.
  case tooManyNotes = "too-many-notes"
  /// The entry lies outside the image's extent.
  case entryOutsideImage = "entry-outside-image"
  /// The entry lies where no byte of the file is loaded.
  case entryNotLoaded = "entry-not-loaded"
  /// The entry lies in a segment without execute permission.
  case entryNotExecutable = "entry-not-executable"

  /// A PADDR_OFFSET note without a VIRT_BASE note.
  case paddrOffsetAlone = "paddr-offset-alone"
  /// An INIT_P2M note names an address inside the image.
  case p2mInsideImage = "p2m-inside-image"
  /// A FEATURES note requires that the image runs as control domain.
  case requiresDom0 = "requires-dom0"
  /// A FEATURES note requires a feature that Xen does not know.
  case unknownRequiredFeature = "unknown-required-feature"

  /// The note with this project's manifest is not one.
  case damagedManifest = "damaged-manifest"

  // MARK: Segments

  /// No segment gives the image any memory.
  case noLoadableSegment = "no-loadable-segment"
  /// The lowest physical address is not a multiple of the page size.
  case imageStartUnaligned = "image-start-unaligned"
  /// A segment's bytes pass the end of the file.
  case segmentPastEndOfFile = "segment-past-end-of-file"
  /// A segment has more bytes in the file than in memory.
  case segmentFileSize = "segment-file-size"
  /// A segment's physical address plus size wraps around.
  case segmentWraps = "segment-wraps"
  /// A segment reaches above 4 GiB.
  case segmentAbove4GiB = "segment-above-4gib"
  /// A segment reaches into the range that Xen keeps for itself below 4 GiB.
  case segmentInSpecialPages = "segment-in-special-pages"
  /// Physical and virtual address differ in their offset within a page.
  case segmentUnaligned = "segment-unaligned"
  /// Two segments claim the same physical memory.
  case segmentsOverlap = "segments-overlap"
  /// A PT_LOAD without read, write and execute flag, whose bytes Xen does not load.
  case segmentWithoutFlags = "segment-without-flags"
  /// A PT_LOAD without such a flag that has memory only, and nothing in the file to load.
  case memoryWithoutFlags = "memory-without-flags"
  /// A PT_LOAD of size zero that moves the image's start or end.
  case emptySegment = "empty-segment"
  /// A segment reaches into the range below 1 MiB that a PC's firmware uses, or that is no memory.
  case segmentUnderFirmware = "segment-under-firmware"
  /// A segment is both writable and executable.
  case writableExecutableSegment = "writable-executable-segment"

  // MARK: File as a whole

  /// The file is larger than libxenguest reads.
  case fileTooLarge = "file-too-large"
  /// There is a Multiboot header, which goes before the PVH note for QEMU.
  case multibootHeader = "multiboot-header"
  /// The file is a Linux boot image, which QEMU starts in Linux's way.
  case linuxBootProtocol = "linux-boot-protocol"
  /// The file is packed, and QEMU does not unpack it.
  case packedForQEMU = "packed-for-qemu"
  /// The ELF machine is neither 386 nor x86-64.
  case wrongMachine = "wrong-machine"
  /// The ELF type is not EXEC.
  case wrongType = "wrong-type"
  /// Section headers have a size that nobody writes, and were not read.
  case sectionEntrySize = "section-entry-size"

  // MARK: What this project's linker script makes

  /// There is a Xen note besides PHYS32_ENTRY.
  case extraXenNote = "extra-xen-note"
  /// The Xen note shares its PT_NOTE, or is not as small as it can be.
  case noteNotAlone = "note-not-alone"
  /// The PT_NOTE of the Xen note is not the first program header.
  case noteNotFirst = "note-not-first"
  /// The image asks for a dynamic linker.
  case dynamicImage = "dynamic-image"
  /// The image refers to a symbol that nothing defines.
  case undefinedSymbol = "undefined-symbol"
  /// No symbol has the entry's address.
  case entryWithoutSymbol = "entry-without-symbol"
  /// The symbol table could not be read.
  case damagedSymbols = "damaged-symbols"
  /// The image was read without its symbols, so their rules were not checked.
  case symbolsNotRead = "symbols-not-read"

  // MARK: Image, modules and memory together

  /// The domain has less memory than image, modules and start info take.
  case memoryTooSmall = "memory-too-small"
  /// Image, modules and start info do not fit below Xen's own range.
  case modulesInSpecialPages = "modules-in-special-pages"
  /// More modules than libxenguest hands over.
  case tooManyModules = "too-many-modules"
  /// A module of 0 bytes.
  case emptyModule = "empty-module"
}
