// SPDX-License-Identifier: Apache-2.0

import Doctor
import SystemPackage
import Testing

/// Something that can be wrong with a machine, and what the doctor is to say of it.
struct Ailment: Sendable, CustomTestStringConvertible {
  /// The line that tells of it.
  let topic: String
  let state: Diagnosis.State
  /// Words of the fact, and of the remedy.
  let fact: String
  let remedy: String?
  let hasXen: Bool
  let inflict: @Sendable (inout FakeMachine) -> Void

  init(
    _ topic: String, _ state: Diagnosis.State, _ fact: String, _ remedy: String?,
    hasXen: Bool = true, _ inflict: @escaping @Sendable (inout FakeMachine) -> Void
  ) {
    self.topic = topic
    self.state = state
    self.fact = fact
    self.remedy = remedy
    self.hasXen = hasXen
    self.inflict = inflict
  }

  var testDescription: String { "\(topic): \(fact)" }

  /// A machine that has it, and nothing else.
  var machine: FakeMachine {
    var machine = hasXen ? FakeMachine() : .withoutXen
    inflict(&machine)
    return machine
  }
}
