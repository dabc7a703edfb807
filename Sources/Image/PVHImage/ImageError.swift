// SPDX-License-Identifier: Apache-2.0

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
