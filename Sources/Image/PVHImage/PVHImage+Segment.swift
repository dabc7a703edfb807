// SPDX-License-Identifier: Apache-2.0

import XenABI

extension PVHImage {
  /// Where the range below 4 GiB begins that Xen keeps: ACPI tables, local APIC, special pages.
  static var specialPages: UInt64 { 0xfc00_0000 }
  private static var fourGiB: UInt64 { 1 << 32 }

  /// Findings about one program header.
  func findings(of segment: ProgramHeader) -> [Finding] {
    guard segment.type == .load else { return [] }
    guard segment.isLoaded else { return [unloaded(segment)].compactMap(\.self) }
    return [sizes(segment), place(segment), alignment(segment), permissions(segment)]
      .compactMap(\.self)
  }

  private func unloaded(_ segment: ProgramHeader) -> Finding? {
    guard segment.memorySize > 0 else { return nil }
    let what = "has a \(segment.label) without read, write or execute flag"
    let remedy = "Give the segment its flags in the linker script."
    guard segment.fileSize == 0 else {
      return Finding(
        .segmentWithoutFlags,
        "\(what), whose \(counted(segment.fileSize, "byte")) Xen does not load",
        offset: at(.flags, of: segment), remedy: remedy)
    }
    // Xen boots it: nothing is to be loaded. The guest finds memory there unless something else is.
    return Finding(
      .memoryWithoutFlags,
      "\(what), at \(hex(segment.physicalAddress.rawValue)) up to "
        + "\(hex(segment.physicalEnd.rawValue)): Xen does not count it as part of the image, and may put "
        + "modules and start info there",
      offset: at(.flags, of: segment), remedy: remedy)
  }

  private func sizes(_ segment: ProgramHeader) -> Finding? {
    if segment.fileOffset.addingSaturated(segment.fileSize) > fileSize, segment.fileSize > 0 {
      return Finding(
        .segmentPastEndOfFile,
        "is cut short: \(segment.label) needs \(counted(segment.fileSize, "byte")) at "
          + "\(hex(segment.fileOffset)), the file has \(counted(fileSize, "byte"))",
        offset: at(.fileSize, of: segment), remedy: "Build or copy the image again.")
    }
    guard segment.fileSize > segment.memorySize else { return nil }
    return Finding(
      .segmentFileSize,
      "has a \(segment.label) of \(counted(segment.fileSize, "byte")) in the file for "
        + "\(segment.memorySize) in memory",
      offset: at(.memorySize, of: segment), remedy: "Link the image again; no linker writes this.")
  }

  private func place(_ segment: ProgramHeader) -> Finding? {
    let start = segment.physicalAddress.rawValue
    let end = segment.physicalEnd.rawValue
    let what = "has \(segment.label) at \(hex(start))"
    if segment.wraps {
      return Finding(
        .segmentWraps, what + " with \(hex(segment.memorySize)) bytes, which wraps around",
        offset: at(.physicalAddress, of: segment), remedy: Self.placeRemedy)
    }
    if end > Self.fourGiB {
      return Finding(
        .segmentAbove4GiB, what + " up to \(hex(end)), above 4 GiB, where no image is placed",
        offset: at(.physicalAddress, of: segment), remedy: Self.placeRemedy)
    }
    guard end > Self.specialPages else { return nil }
    return Finding(
      .segmentInSpecialPages,
      what + " up to \(hex(end)), in the range that Xen keeps from \(hex(Self.specialPages))",
      offset: at(.physicalAddress, of: segment), remedy: Self.placeRemedy)
  }

  /// A loader that works with pages and the program with its page tables would disagree.
  private func alignment(_ segment: ProgramHeader) -> Finding? {
    let difference = segment.physicalAddress.rawValue &- segment.virtualAddress
    guard difference % pageSize != 0 else { return nil }
    return Finding(
      .segmentUnaligned,
      "has \(segment.label) at physical \(hex(segment.physicalAddress.rawValue)) and virtual "
        + "\(hex(segment.virtualAddress)), at different places within a page",
      offset: at(.physicalAddress, of: segment),
      remedy: "Let the load addresses differ from the virtual ones by whole pages.")
  }

  private func permissions(_ segment: ProgramHeader) -> Finding? {
    guard segment.flags.isSuperset(of: [.write, .execute]) else { return nil }
    return Finding(
      .writableExecutableSegment, "has a \(segment.label) that is writable and executable",
      offset: at(.flags, of: segment), remedy: "Keep code and data in segments of their own.")
  }

  private static var placeRemedy: String {
    "Link the image at low physical addresses; `pvh build` begins at 4 KiB."
  }
}
