// SPDX-License-Identifier: Apache-2.0

/// One thing wrong with an image: the rule broken, the fact seen, where, and the remedy.
public struct Finding: Equatable, Sendable {
  /// The rule that is broken.
  public let rule: Rule
  /// The fact seen, with its value: one sentence without a full stop.
  public let message: String
  /// The file offset of the bytes that say so; nil when the fact is an absence.
  public let offset: UInt64?
  /// What to change: one sentence or two.
  public let remedy: String

  /// Makes a finding from its parts; without a remedy it has the rule's.
  public init(_ rule: Rule, _ message: String, offset: UInt64? = nil, remedy: String? = nil) {
    self.rule = rule
    self.message = message
    self.offset = offset
    self.remedy = remedy ?? rule.remedy
  }

  init(_ rule: Rule, _ violation: Violation) {
    self.init(
      rule, violation.message, offset: violation.offset, remedy: violation.remedy)
  }

  /// What xl, and all else over libxenguest, makes of it; nil if only other launchers have the rule.
  public var effect: Effect? { rule.effect(for: .xl) }

  /// Whether a domain made from the image cannot run as intended.
  public var preventsBooting: Bool { effect?.preventsBooting ?? false }

  /// One line for people: file, fact, offset, remedy.
  public func description(file: String) -> String {
    let place = offset.map { " (file offset \(hex($0)))" } ?? ""
    return "\(file): \(message)\(place). \(remedy)"
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

/// Why a file could not be read as an image.
public struct ImageError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file's name as the caller gave it.
  public let file: String
  /// What was seen, where, and what to change.
  public let finding: Finding

  /// Joins a finding with the file it was made in.
  public init(file: String, finding: Finding) {
    self.file = file
    self.finding = finding
  }

  /// One line for people: file, fact, offset, remedy.
  public var description: String { finding.description(file: file) }
}
