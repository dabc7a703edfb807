// SPDX-License-Identifier: Apache-2.0

/// Why a guest cannot be booted, or did not do what a test expects.
public struct GuestFailure: Error, CustomStringConvertible, Sendable {
  /// The fact, and below it what the guest and `pvh` have said.
  public private(set) var description: String

  init(_ fact: String) { description = fact }

  /// A fact, and what somebody said about it.
  init(_ fact: String, words: String, by speaker: String) {
    description = fact
    add(words, by: speaker)
  }

  /// Adds what somebody said.
  mutating func add(_ words: String, by speaker: String) {
    description += "\n\(speaker):"
    let lines = words.split(separator: "\n", omittingEmptySubsequences: false)
    let whole = lines.last?.isEmpty == true ? lines.dropLast() : lines[...]
    description += whole.isEmpty ? " nothing" : whole.map { "\n  | \($0)" }.joined()
  }
}
