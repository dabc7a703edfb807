// SPDX-License-Identifier: Apache-2.0

import CLoaderOracle
import PVHImage
import XenABI

/// What libxenguest, Xen's own domain builder, does with an image.
struct Oracle {
  let verdict: pvh_oracle_verdict

  /// Asks about an image, and a domain of so many MiB.
  init(_ image: [UInt8], mebibytes: Int) {
    var verdict = pvh_oracle_verdict()
    let status = image.withUnsafeBytes {
      pvh_oracle_judge($0.baseAddress, $0.count, UInt32(mebibytes), &verdict)
    }
    precondition(status == 0, "there is memory for the oracle")
    self.verdict = verdict
  }

  var isRefusal: Bool { verdict.loader == PVH_ORACLE_REFUSED }
  var isFirmware: Bool { verdict.loader == PVH_ORACLE_FIRMWARE }
  var isBroken: Bool { verdict.is_broken }

  /// What libxenguest logged last.
  var message: String {
    // SAFETY: the oracle wrote a NUL-terminated text into the array.
    withUnsafeBytes(of: verdict.message) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}

/// What we say of the same image.
struct OurVerdict {
  let image: PVHImage?
  let findings: [Finding]

  init(_ bytes: [UInt8], mebibytes: Int) throws {
    do throws(ImageError) {
      let image = try read(bytes)
      self.image = image
      findings = image.problems() + Self.memoryFinding(image, mebibytes)
    } catch {
      image = nil
      findings = [error.finding]
    }
  }

  /// The oracle allocates the kernel only, not what comes behind it.
  private static func memoryFinding(_ image: PVHImage, _ mebibytes: Int) -> [Finding] {
    guard let end = image.extent?.pageEnd.rawValue, end > UInt64(mebibytes) << 20 else { return [] }
    return image.validate(memoryKiB: UInt64(mebibytes) << 10)
  }

  var isRefusal: Bool {
    findings.contains { $0.effect == .refused || $0.effect == .unreadable }
  }

  func has(_ rules: Rule...) -> Bool { findings.contains { rules.contains($0.rule) } }
}

/// Where we want to say something else than libxenguest, and why.
struct IntendedDifference: Sendable {
  let reason: String
  let applies: @Sendable (OurVerdict, Oracle) -> Bool

  static let all = [
    IntendedDifference(
      reason: "libxenguest starts a 32-bit ELF file without a usable note like firmware; that is "
        + "no PVH boot, and never what the user of such a file wants"
    ) { ours, oracle in oracle.isFirmware && ours.isRefusal },
    IntendedDifference(
      reason: "libxenguest takes any class, byte order, version and header size; no tool writes "
        + "such a file, and a reader that guesses reads nonsense"
    ) { ours, oracle in ours.has(.unsupportedELF, .sectionEntrySize) },
    IntendedDifference(
      reason: "libxenguest adds up a table's place without looking for overflow, and then finds an "
        + "empty table; whatever such a file was to be, it is damaged"
    ) { ours, oracle in !oracle.isRefusal && ours.has(.truncatedELF) },
    IntendedDifference(
      reason: "libxenguest builds what then runs other bytes than were linked, or hangs; that "
        + "nobody else says so is why the command exists"
    ) { ours, oracle in
      !oracle.isRefusal && ours.findings.contains { $0.effect == .misbehaves }
    },
    IntendedDifference(
      reason: "a BSD_SYMTAB note makes libxenguest load the symbols behind the image, which nobody "
        + "asks of a PVH guest; our extent is that of the segments"
    ) { ours, oracle in
      ours.image?.xenNotes.contains { $0.xenType == .bsdSymbols } == true
    },
    IntendedDifference(
      reason: "libxenguest looks at the memory of the domain; we name what no memory can help"
    ) { ours, oracle in
      oracle.isRefusal && ours.has(.segmentWraps, .segmentAbove4GiB, .segmentInSpecialPages)
    },
    IntendedDifference(
      reason: "an entry at the very end of the image passes libxenguest's comparison; nothing is "
        + "loaded there"
    ) { ours, oracle in ours.has(.entryNotLoaded) },
    IntendedDifference(
      reason: "from Xen 4.18 on a PADDR_OFFSET note may stand alone; an image is for all versions"
    ) { ours, oracle in !oracle.isRefusal && ours.has(.paddrOffsetAlone) },
    IntendedDifference(
      reason: "libxenguest calls it an access out of range when a segment without bytes in the "
        + "file has its offset behind the file's end; it copies nothing from there, and goes on"
    ) { ours, oracle in
      guard !oracle.isRefusal, let image = ours.image else { return false }
      return image.segments.contains { $0.fileSize == 0 && $0.fileOffset > image.fileSize }
    },
  ]
}
