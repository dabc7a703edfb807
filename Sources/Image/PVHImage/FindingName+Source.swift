// SPDX-License-Identifier: Apache-2.0

extension FindingName {
  /// Where the rule comes from: the place in the sources of Xen or QEMU, or the document.
  public var source: String {
    switch self {
    case .missingFile, .cannotOpen, .directory, .notRegularFile, .emptyFile, .cannotRead:
      "the operating system"
    case .damagedPacking, .unsupportedPacking:
      "Xen: tools/libs/guest/xg_dom_core.c xc_dom_try_gunzip, xg_dom_bzimageloader.c"
    case .notELF, .truncatedELF, .unsupportedELF, .sectionEntrySize:
      "Xen: xen/common/libelf/libelf-loader.c elf_init; ELF specification, \"ELF header\""
    case .noPVHNote:
      "Xen: xen/common/libelf/libelf-dominfo.c elf_xen_note_check; public/elfnote.h"
    case .pvhNoteSize, .pvhNoteOddSize:
      "Xen: xen/common/libelf/libelf-tools.c elf_note_numeric"
    case .pvhNoteHidden, .malformedNote: "Xen: xen/common/libelf/libelf-tools.c elf_note_next"
    case .pvhNotesDisagree, .pvhNoteOnlyInSection, .tooManyNotes:
      "Xen: xen/common/libelf/libelf-dominfo.c elf_xen_parse"
    case .pvhNoteNotForQEMU, .qemuStartsElsewhere:
      "QEMU: include/hw/elf_ops.h get_elf_note_type, hw/i386/x86.c read_pvh_start_addr"
    case .entryOutsideImage, .paddrOffsetAlone, .p2mInsideImage:
      "Xen: xen/common/libelf/libelf-dominfo.c elf_xen_addr_calc_check"
    case .entryNotLoaded, .entryNotExecutable: "Xen: docs/misc/pvh.pandoc"
    case .requiresDom0: "Xen: tools/libs/guest/xg_dom_elfloader.c xc_dom_parse_elf_kernel"
    case .unknownRequiredFeature:
      "Xen: xen/common/libelf/libelf-dominfo.c elf_xen_parse_features"
    case .noLoadableSegment, .segmentWithoutFlags, .memoryWithoutFlags, .emptySegment:
      "Xen: xen/common/libelf/libelf-loader.c elf_parse_binary, elf_phdr_is_loadable"
    case .imageStartUnaligned: "Xen: tools/libs/guest/xg_dom_core.c xc_dom_alloc_pad"
    case .segmentPastEndOfFile, .segmentFileSize, .segmentWraps, .segmentsOverlap:
      "Xen: xen/common/libelf/libelf-loader.c elf_load_binary, libelf-tools.c elf_memcpy_safe"
    case .segmentAbove4GiB, .segmentInSpecialPages, .modulesInSpecialPages:
      "Xen: tools/libs/guest/xg_dom_x86.c, tools/libs/light/libxl_x86.c"
    case .segmentUnaligned: "ELF specification, \"Program header\", p_align"
    case .segmentUnderFirmware:
      "SeaBIOS clears this range before QEMU's option ROM starts the image: src/fw, src/malloc.c"
    case .writableExecutableSegment: "PVHKit: code and data apart (W^X)"
    case .fileTooLarge: "Xen: tools/include/xenguest.h XC_DOM_DECOMPRESS_MAX"
    case .multibootHeader, .linuxBootProtocol, .packedForQEMU:
      "QEMU: hw/i386/x86.c x86_load_linux, hw/i386/multiboot.c load_multiboot"
    case .wrongMachine, .wrongType: "ELF specification, \"ELF header\""
    case .damagedManifest: "PVHKit: docs/manifest.md"
    case .extraXenNote, .noteNotAlone, .noteNotFirst, .entryWithoutSymbol, .symbolsNotRead,
      .damagedSymbols:
      "PVHKit: linker/pvh-x86_64.ld"
    case .dynamicImage, .undefinedSymbol: "Xen: nothing in the domain builder relocates or links"
    case .memoryTooSmall: "Xen: tools/libs/guest/xg_dom_core.c xc_dom_chk_alloc_pages"
    case .tooManyModules, .emptyModule: "Xen: tools/include/xenguest.h XG_MAX_MODULES"
    }
  }
}
