// SPDX-License-Identifier: Apache-2.0

import PVHImage

/// What a launcher would do with an image, and why.
struct Verdict: Encodable {
  /// One finding, as `--json` prints it.
  struct Line: Encodable {
    var name: String
    var severity: String
    var message: String
    var offset: UInt64?
    var remedy: String
    var source: String
  }
  var launcher: String
  var boots: Bool
  var findings: [Line]
}

extension Verdict {
  init(_ image: PVHImage, _ launcher: Launcher, memoryKiB: UInt64? = nil) {
    let findings = image.findings(for: launcher, memoryKiB: memoryKiB)
    self.launcher = launcher.rawValue
    boots = findings.allSatisfy { $0.severity != .error }
    self.findings = findings.map(Line.init)
  }
}

extension Verdict.Line {
  fileprivate init(_ item: LauncherFinding) {
    self.init(
      name: item.finding.rule.name, severity: item.severity.rawValue,
      message: item.finding.message, offset: item.finding.offset, remedy: item.finding.remedy,
      source: item.finding.rule.source)
  }
}
