// SPDX-License-Identifier: Apache-2.0

import XenABI

extension Rule {
  static let segments: [Rule] = [
    .noLoadableSegment, .imageStartUnaligned, .emptySegment, .segmentWithoutFlags,
    .memoryWithoutFlags, .segmentPastEndOfFile, .segmentFileSize, .segmentWraps, .segmentAbove4GiB,
    .segmentInSpecialPages, .segmentUnaligned, .writableExecutableSegment, .segmentsOverlap,
  ]

  private static let loadable =
    "Xen: xen/common/libelf/libelf-loader.c elf_parse_binary, elf_phdr_is_loadable"
  private static let loading =
    "Xen: xen/common/libelf/libelf-loader.c elf_load_binary, libelf-tools.c elf_memcpy_safe"
  private static let memoryMap =
    "Xen: tools/libs/guest/xg_dom_x86.c, tools/libs/light/libxl_x86.c"

  // MARK: The image's extent

  /// No segment gives the image any memory.
  public static let noLoadableSegment = Rule(
    "no-loadable-segment", xl: .refused, qemu: .refused, dom0: .refused, source: loadable,
    remedy: "Link the image with PT_LOAD segments; a relocatable object is not an image.",
    check: .image { image in
      guard image.filledExtent == nil else { return [] }
      return [Violation("has no segment to load that takes any memory")]
    })

  /// The lowest physical address is not a multiple of the page size.
  public static let imageStartUnaligned = Rule(
    "image-start-unaligned", xl: .refused, qemu: nil, dom0: .warning,
    source: "Xen: tools/libs/guest/xg_dom_core.c xc_dom_alloc_pad",
    remedy: "Align the first segment to 4096 in the linker script.",
    check: .image { image in
      guard let extent = image.filledExtent, extent.start.rawValue % pageSize != 0,
        let lowest = image.segments.first
      else { return [] }
      return [
        Violation(
          "begins at physical address \(hex(extent.start.rawValue)), not at a page boundary",
          at: image.at(.physicalAddress, of: lowest))
      ]
    })

  /// A PT_LOAD of size zero that moves the image's start or end.
  public static let emptySegment = Rule(
    "empty-segment", xl: .warning, qemu: nil, dom0: .warning, source: loadable,
    remedy: "Drop the empty segment.",
    check: .image { image in
      guard let extent = image.filledExtent,
        extent != ImageExtent(image.segments.filter { $0.memorySize > 0 })
      else { return [] }
      let atTheEnds = image.segments.filter {
        $0.memorySize == 0 && [extent.start, extent.end].contains($0.physicalAddress)
      }
      return atTheEnds.map { segment in
        Violation(
          "has an empty \(segment.label) at \(hex(segment.physicalAddress.rawValue)), which "
            + "stretches the image to there", at: image.at(.physicalAddress, of: segment))
      }
    })

  // MARK: Segment by segment

  /// A PT_LOAD without read, write and execute flag, whose bytes Xen does not load.
  public static let segmentWithoutFlags = Rule(
    "segment-without-flags", xl: .misbehaves, qemu: nil, dom0: .misbehaves, source: loadable,
    remedy: "Give the segment its flags in the linker script.",
    check: .programHeader { image, segment in
      guard segment.type == .load, !segment.isLoaded, segment.memorySize > 0, segment.fileSize > 0
      else { return nil }
      return Violation(
        "has a \(segment.label) without read, write or execute flag, whose "
          + "\(counted(segment.fileSize, "byte")) Xen does not load",
        at: image.at(.flags, of: segment))
    })

  /// A PT_LOAD without such a flag that has memory only, and nothing in the file to load.
  public static let memoryWithoutFlags = Rule(
    "memory-without-flags", xl: .warning, qemu: nil, dom0: .warning, source: loadable,
    remedy: segmentWithoutFlags.remedy,
    check: .programHeader { image, segment in
      guard segment.type == .load, !segment.isLoaded, segment.memorySize > 0, segment.fileSize == 0
      else { return nil }
      // Xen boots it: nothing is to be loaded. The guest finds memory there unless something else is.
      return Violation(
        "has a \(segment.label) without read, write or execute flag, at "
          + "\(hex(segment.physicalAddress.rawValue)) up to \(hex(segment.physicalEnd.rawValue)): Xen "
          + "does not count it as part of the image, and may put modules and start info there",
        at: image.at(.flags, of: segment))
    })

  /// A segment's bytes pass the end of the file.
  public static let segmentPastEndOfFile = Rule(
    "segment-past-end-of-file", xl: .misbehaves, qemu: .refused, dom0: .misbehaves,
    source: loading, remedy: "Build or copy the image again.",
    check: .programHeader { image, segment in
      guard segment.isLoaded, image.isCutShort(segment) else { return nil }
      return Violation(
        "is cut short: \(segment.label) needs \(counted(segment.fileSize, "byte")) at "
          + "\(hex(segment.fileOffset)), the file has \(counted(image.fileSize, "byte"))",
        at: image.at(.fileSize, of: segment))
    })

  /// A segment has more bytes in the file than in memory.
  public static let segmentFileSize = Rule(
    "segment-file-size", xl: .misbehaves, qemu: .misbehaves, dom0: .misbehaves, source: loading,
    remedy: "Link the image again; no linker writes this.",
    check: .programHeader { image, segment in
      guard segment.isLoaded, segment.fileSize > segment.memorySize, !image.isCutShort(segment)
      else { return nil }
      return Violation(
        "has a \(segment.label) of \(counted(segment.fileSize, "byte")) in the file for "
          + "\(segment.memorySize) in memory", at: image.at(.memorySize, of: segment))
    })

  /// A segment's physical address plus size wraps around.
  public static let segmentWraps = Rule(
    "segment-wraps", xl: .misbehaves, qemu: .misbehaves, dom0: .misbehaves, source: loading,
    remedy: "Link the image at low physical addresses; `pvh build` begins at 4 KiB.",
    check: .programHeader { image, segment in
      guard segment.isLoaded, segment.wraps else { return nil }
      return Violation(
        "has \(segment.label) at \(hex(segment.physicalAddress.rawValue)) with "
          + "\(hex(segment.memorySize)) bytes, which wraps around",
        at: image.at(.physicalAddress, of: segment))
    })

  /// A segment reaches above 4 GiB.
  public static let segmentAbove4GiB = Rule(
    "segment-above-4gib", xl: .refused, qemu: .misbehaves, dom0: .refused, source: memoryMap,
    remedy: segmentWraps.remedy,
    check: .programHeader { image, segment in
      let end = segment.physicalEnd.rawValue
      guard segment.isLoaded, !segment.wraps, end > PVHImage.fourGiB else { return nil }
      return Violation(
        "has \(segment.label) at \(hex(segment.physicalAddress.rawValue)) up to \(hex(end)), above "
          + "4 GiB, where no image is placed", at: image.at(.physicalAddress, of: segment))
    })

  /// A segment reaches into the range that Xen keeps for itself below 4 GiB.
  ///
  /// For dom0 it depends on the machine's memory map.
  public static let segmentInSpecialPages = Rule(
    "segment-in-special-pages", xl: .refused, qemu: .misbehaves, dom0: .warning, source: memoryMap,
    remedy: segmentWraps.remedy,
    check: .programHeader { image, segment in
      let end = segment.physicalEnd.rawValue
      guard segment.isLoaded, !segment.wraps, end > PVHImage.specialPages, end <= PVHImage.fourGiB
      else { return nil }
      return Violation(
        "has \(segment.label) at \(hex(segment.physicalAddress.rawValue)) up to \(hex(end)), in the "
          + "range that Xen keeps from \(hex(PVHImage.specialPages))",
        at: image.at(.physicalAddress, of: segment))
    })

  /// Physical and virtual address differ in their offset within a page.
  public static let segmentUnaligned = Rule(
    "segment-unaligned", xl: .misbehaves, qemu: .misbehaves, dom0: .misbehaves,
    source: "ELF specification, \"Program header\", p_align",
    remedy: "Let the load addresses differ from the virtual ones by whole pages.",
    check: .programHeader { image, segment in
      let difference = segment.physicalAddress.rawValue &- segment.virtualAddress
      guard segment.isLoaded, difference % pageSize != 0 else { return nil }
      return Violation(
        "has \(segment.label) at physical \(hex(segment.physicalAddress.rawValue)) and virtual "
          + "\(hex(segment.virtualAddress)), at different places within a page",
        at: image.at(.physicalAddress, of: segment))
    })

  /// A segment is both writable and executable.
  public static let writableExecutableSegment = Rule(
    "writable-executable-segment", xl: .notAsLinked, qemu: .notAsLinked, dom0: .notAsLinked,
    source: "PVHKit: code and data apart (W^X)",
    remedy: "Keep code and data in segments of their own.",
    check: .programHeader { image, segment in
      guard segment.isLoaded, segment.flags.isSuperset(of: [.write, .execute]) else { return nil }
      return Violation(
        "has a \(segment.label) that is writable and executable", at: image.at(.flags, of: segment))
    })

  // MARK: Segments together

  /// Two segments claim the same physical memory.
  public static let segmentsOverlap = Rule(
    "segments-overlap", xl: .misbehaves, qemu: .refused, dom0: .misbehaves, source: loading,
    remedy: "Give each segment physical addresses of its own.",
    // The domain builder copies both, and the later header wins.
    check: .image { image in
      var violations: [Violation] = []
      var highest: ProgramHeader?
      for segment in image.segments where segment.memorySize > 0 {
        if let below = highest, segment.physicalAddress.rawValue < below.physicalEnd.rawValue {
          violations.append(
            Violation(
              "has \(segment.label) at \(hex(segment.physicalAddress.rawValue)) inside "
                + "\(below.label), which ends at \(hex(below.physicalEnd.rawValue))",
              at: image.at(.physicalAddress, of: segment)))
        }
        if segment.physicalEnd.rawValue > highest?.physicalEnd.rawValue ?? 0 { highest = segment }
      }
      return violations
    })
}

extension PVHImage {
  /// Where the range below 4 GiB begins that Xen keeps: ACPI tables, local APIC, special pages.
  static var specialPages: UInt64 { 0xfc00_0000 }
  fileprivate static var fourGiB: UInt64 { 1 << 32 }

  /// The extent, unless it is empty.
  fileprivate var filledExtent: ImageExtent? { extent.flatMap { $0.size > 0 ? $0 : nil } }

  fileprivate func isCutShort(_ segment: ProgramHeader) -> Bool {
    segment.fileSize > 0
      && segment.fileOffset.addingSaturated(segment.fileSize) > fileSize
  }
}
