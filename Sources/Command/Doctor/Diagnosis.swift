// SPDX-License-Identifier: Apache-2.0

/// One line of what the doctor says.
package struct Diagnosis: Equatable, Sendable, Encodable {
  /// What the line is about.
  package let topic: String
  /// How it stands.
  package let state: State
  /// What was seen.
  package let fact: String
  /// What to do, unless there is nothing to do.
  package let remedy: String?

  /// How something stands.
  package enum State: String, Sendable, Encodable {
    /// It is there and works.
    case works
    /// It is not there, or does not work, and its part of the machine does without.
    case optional
    /// It does not work, and its part of the machine does not either.
    case broken
  }

  static func works(_ topic: String, _ fact: String) -> Diagnosis {
    Diagnosis(topic: topic, state: .works, fact: fact, remedy: nil)
  }

  static func optional(_ topic: String, _ fact: String, remedy: String? = nil) -> Diagnosis {
    Diagnosis(topic: topic, state: .optional, fact: fact, remedy: remedy)
  }

  static func broken(_ topic: String, _ fact: String, remedy: String) -> Diagnosis {
    Diagnosis(topic: topic, state: .broken, fact: fact, remedy: remedy)
  }
}
