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
