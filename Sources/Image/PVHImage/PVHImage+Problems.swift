// SPDX-License-Identifier: Apache-2.0

extension PVHImage {
  /// Everything that can be said against booting the image, what prevents it first.
  public func problems() -> [Finding] {
    let all =
      findingsWhileReading + wholeFileFindings + entryFindings + addressNoteFindings
      + featureFindings + segmentFindings + manifestFindings
    return all.filter(\.preventsBooting) + all.filter { !$0.preventsBooting }
  }

  /// What prevents booting the image: either the domain builder refuses it, or the guest does not
  /// run as linked.
  ///
  /// Empty for an image that boots.
  public func validateBoot() -> [Finding] {
    problems().filter(\.preventsBooting)
  }

  /// Findings about the ELF header and the size.
  private var wholeFileFindings: [Finding] {
    var findings: [Finding] = []
    if fileSize > Self.fileSizeLimit {
      findings.append(
        Finding(
          .fileTooLarge,
          "has \(fileSize) bytes, libxenguest reads at most \(Self.fileSizeLimit)",
          remedy: "Strip debug information, and hand large data over as a module."))
    }
    if machine != .i386, machine != .x8664 {
      findings.append(
        Finding(
          .wrongMachine, "is for ELF machine \(machine.rawValue), PVH is x86 only", offset: 18,
          remedy: "Link the image for x86-64 (62) or i386 (3)."))
    }
    if type != .executable {
      findings.append(
        Finding(
          .wrongType, "has ELF type \(type.rawValue), and Xen relocates nothing", offset: 16,
          remedy: "Link the image for fixed addresses (ET_EXEC, 2)."))
    }
    return findings
  }

  /// The largest file that libxenguest maps; C name: `XC_DOM_DECOMPRESS_MAX`.
  static var fileSizeLimit: UInt64 { 1 << 30 }
}
