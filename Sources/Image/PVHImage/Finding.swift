// SPDX-License-Identifier: Apache-2.0

/// One thing wrong with an image: its stable name, the fact seen, where, and the remedy.
public struct Finding: Equatable, Sendable {
  /// The stable name, for programs and for looking the rule up.
  public let name: FindingName
  /// The fact seen, with its value: one sentence without a full stop.
  public let message: String
  /// The file offset of the bytes that say so; nil when the fact is an absence.
  public let offset: UInt64?
  /// What to change: one sentence.
  public let remedy: String

  /// Makes a finding from its parts.
  public init(_ name: FindingName, _ message: String, offset: UInt64? = nil, remedy: String) {
    self.name = name
    self.message = message
    self.offset = offset
    self.remedy = remedy
  }

  /// What happens with an image that has this finding.
  public var effect: Effect { name.effect }

  /// Whether a domain made from the image cannot run as intended.
  public var preventsBooting: Bool { effect.preventsBooting }

  /// One line for people: file, fact, offset, remedy.
  public func description(file: String) -> String {
    let place = offset.map { " (file offset \(hex($0)))" } ?? ""
    return "\(file): \(message)\(place). \(remedy)"
  }
}
