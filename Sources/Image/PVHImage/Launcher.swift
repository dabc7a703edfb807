// SPDX-License-Identifier: Apache-2.0

/// What turns an image into a running guest.
public enum Launcher: String, CaseIterable, Sendable {
  /// xl, libvirt and everything else over libxl or libxenguest: a PVH domain.
  case xl
  /// QEMU's `-kernel`, without Xen.
  case qemu
  /// Xen itself, with `dom0=pvh`: the image as control domain.
  case dom0

  /// The words for people.
  public var title: String {
    switch self {
    case .xl: "xl, libxl"
    case .qemu: "QEMU -kernel"
    case .dom0: "Xen, as PVH dom0"
    }
  }
}

extension FindingName {
  /// What the launcher makes of an image that has a finding of this name; nil if it does not care.
  public func effect(for launcher: Launcher) -> Effect? {
    switch launcher {
    case .xl: effectForXL
    case .qemu: effectForQEMU
    case .dom0: effectForDom0
    }
  }

  private var effectForXL: Effect? {
    switch self {
    case .pvhNoteNotForQEMU, .qemuStartsElsewhere, .multibootHeader, .linuxBootProtocol,
      .packedForQEMU, .segmentUnderFirmware:
      nil
    default: effect
    }
  }

  /// Sources: QEMU, `hw/i386/x86.c` `x86_load_linux`, `hw/i386/multiboot.c`,
  /// `include/hw/elf_ops.h`, `hw/core/loader.c`.
  private var effectForQEMU: Effect? {
    switch self {
    case .packedForQEMU, .pvhNoteNotForQEMU, .wrongMachine, .segmentPastEndOfFile, .segmentsOverlap:
      .refused
    case .qemuStartsElsewhere, .multibootHeader, .segmentUnderFirmware, .entryOutsideImage,
      .segmentAbove4GiB,
      .segmentInSpecialPages:
      .misbehaves
    // QEMU looks for a note of type 18 by itself, and says so itself.
    case .noPVHNote, .pvhNoteHidden, .pvhNoteSize, .pvhNoteOddSize, .pvhNotesDisagree,
      .pvhNoteOnlyInSection, .malformedNote, .tooManyNotes:
      nil
    case .requiresDom0, .unknownRequiredFeature, .paddrOffsetAlone, .p2mInsideImage, .fileTooLarge,
      .imageStartUnaligned,
      .segmentWithoutFlags, .memoryWithoutFlags, .emptySegment, .sectionEntrySize, .memoryTooSmall,
      .modulesInSpecialPages, .tooManyModules, .emptyModule:
      nil
    default: effect
    }
  }

  /// Source: Xen, `xen/arch/x86/hvm/dom0_build.c` `pvh_load_kernel`.
  private var effectForDom0: Effect? {
    switch self {
    case .pvhNoteNotForQEMU, .qemuStartsElsewhere, .multibootHeader, .linuxBootProtocol,
      .packedForQEMU,
      .segmentUnderFirmware, .requiresDom0, .fileTooLarge, .memoryTooSmall, .modulesInSpecialPages,
      .tooManyModules, .emptyModule:
      nil
    // These depend on the machine's memory map.
    case .segmentInSpecialPages, .imageStartUnaligned: .warning
    default: effect
    }
  }
}
