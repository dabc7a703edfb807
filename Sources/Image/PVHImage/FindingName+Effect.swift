// SPDX-License-Identifier: Apache-2.0

extension FindingName {
  /// What happens with an image that has a finding of this name.
  public var effect: Effect {
    switch self {
    case .missingFile, .cannotOpen, .directory, .notRegularFile, .emptyFile, .cannotRead,
      .damagedPacking, .unsupportedPacking, .notELF, .truncatedELF, .unsupportedELF:
      .unreadable
    case .noPVHNote, .pvhNoteHidden, .paddrOffsetAlone, .p2mInsideImage, .requiresDom0,
      .unknownRequiredFeature, .entryOutsideImage,
      .noLoadableSegment, .imageStartUnaligned,
      .segmentAbove4GiB, .segmentInSpecialPages, .fileTooLarge, .memoryTooSmall,
      .modulesInSpecialPages, .tooManyModules, .emptyModule:
      .refused
    case .pvhNoteSize, .entryNotLoaded, .segmentPastEndOfFile, .segmentFileSize, .segmentWraps,
      .segmentUnaligned, .segmentsOverlap, .segmentWithoutFlags:
      .misbehaves
    case .extraXenNote, .noteNotAlone, .noteNotFirst, .dynamicImage, .undefinedSymbol,
      .entryWithoutSymbol, .damagedSymbols, .symbolsNotRead, .writableExecutableSegment:
      .notAsLinked
    case .pvhNoteOddSize, .pvhNotesDisagree, .pvhNoteOnlyInSection, .malformedNote, .tooManyNotes,
      .pvhNoteNotForQEMU, .qemuStartsElsewhere, .damagedManifest, .entryNotExecutable,
      .emptySegment, .memoryWithoutFlags,
      .segmentUnderFirmware, .multibootHeader, .linuxBootProtocol, .packedForQEMU,
      .wrongMachine, .wrongType, .sectionEntrySize:
      .warning
    }
  }
}
