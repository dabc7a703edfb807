// SPDX-License-Identifier: Apache-2.0

import XenABI

extension PVHImage {
  /// Everything that can be said against starting the image with this launcher, what prevents it
  /// first.
  ///
  /// Read the image with its symbols if undefined ones shall be among it; give the domain's memory
  /// in KiB if it shall be checked that the image fits.
  public func findings(for launcher: Launcher, memoryKiB: UInt64? = nil) -> [LauncherFinding] {
    let all =
      problems() + qemuFindings + staticFindings + undefinedFindings
      + (memoryKiB.map { validate(memoryKiB: $0) } ?? roomFindings)
    let concerning = all.compactMap { finding in
      finding.name.effect(for: launcher).map { LauncherFinding(finding, $0) }
    }
    return Severity.allCases.flatMap { severity in concerning.filter { $0.severity == severity } }
  }

  /// Whether there is room for start info behind the image, in a domain as large as can be.
  private var roomFindings: [Finding] {
    guard let extent, extent.end.rawValue <= Self.specialPages else { return [] }
    return validate(memoryKiB: .max)
  }

  /// Whether nothing is known that keeps the image from running as intended with this launcher.
  public func boots(with launcher: Launcher) -> Bool {
    findings(for: launcher).allSatisfy { !$0.effect.preventsBooting }
  }
}

/// A finding, and what it means for one launcher.
public struct LauncherFinding: Equatable, Sendable {
  /// What was seen.
  public let finding: Finding
  /// What this launcher makes of it.
  public let effect: Effect

  init(_ finding: Finding, _ effect: Effect) {
    self.finding = finding
    self.effect = effect
  }

  /// How bad it is.
  public var severity: Severity { effect.severity }
}

/// How bad a finding is, from worst to mildest.
public enum Severity: String, CaseIterable, Sendable {
  /// The image does not run as intended.
  case error
  /// It may, and something deserves attention.
  case warning
  /// It is not as this project's linker script would have it.
  case note
}

extension Effect {
  /// How bad the effect is.
  public var severity: Severity {
    switch self {
    case .unreadable, .refused, .misbehaves: .error
    case .warning: .warning
    case .notAsLinked: .note
    }
  }
}
