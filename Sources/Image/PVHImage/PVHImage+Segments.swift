// SPDX-License-Identifier: Apache-2.0

import XenABI

extension PVHImage {
  /// Findings about the segments, one by one and together.
  var segmentFindings: [Finding] {
    imageFindings + programHeaders.flatMap(findings(of:)) + overlapFindings
  }

  /// The file offset of a field of a program header.
  func at(_ field: ProgramHeader.Field, of segment: ProgramHeader) -> UInt64 {
    segment.headerOffset + field.offset(in: elfClass)
  }

  /// Findings about the extent.
  private var imageFindings: [Finding] {
    guard let extent, extent.size > 0, let lowest = segments.first else {
      return [
        Finding(
          .noLoadableSegment, "has no segment to load that takes any memory",
          remedy: "Link the image with PT_LOAD segments; a relocatable object is not an image.")
      ]
    }
    var findings: [Finding] = []
    if extent.start.rawValue % pageSize != 0 {
      findings.append(
        Finding(
          .imageStartUnaligned,
          "begins at physical address \(hex(extent.start.rawValue)), not at a page boundary",
          offset: at(.physicalAddress, of: lowest),
          remedy: "Align the first segment to 4096 in the linker script."))
    }
    let filled = ImageExtent(segments.filter { $0.memorySize > 0 })
    for segment in segments where segment.memorySize == 0 && filled != extent {
      guard segment.physicalAddress == extent.start || segment.physicalAddress == extent.end else {
        continue
      }
      findings.append(
        Finding(
          .emptySegment,
          "has an empty \(segment.label) at \(hex(segment.physicalAddress.rawValue)), which "
            + "stretches the image to there",
          offset: at(.physicalAddress, of: segment), remedy: "Drop the empty segment."))
    }
    return findings
  }

  /// Memory claimed twice: the builder copies both, the later header wins.
  private var overlapFindings: [Finding] {
    var findings: [Finding] = []
    var highest: ProgramHeader?
    for segment in segments where segment.memorySize > 0 {
      if let below = highest, segment.physicalAddress.rawValue < below.physicalEnd.rawValue {
        findings.append(
          Finding(
            .segmentsOverlap,
            "has \(segment.label) at \(hex(segment.physicalAddress.rawValue)) inside "
              + "\(below.label), which ends at \(hex(below.physicalEnd.rawValue))",
            offset: at(.physicalAddress, of: segment),
            remedy: "Give each segment physical addresses of its own."))
      }
      if segment.physicalEnd.rawValue > highest?.physicalEnd.rawValue ?? 0 { highest = segment }
    }
    return findings
  }
}
