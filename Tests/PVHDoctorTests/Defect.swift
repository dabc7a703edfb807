// SPDX-License-Identifier: Apache-2.0

import PVHDoctor
import SystemPackage
import Testing

/// Something that can be wrong with a machine, and what the doctor is to say of it.
struct Defect: Sendable, CustomTestStringConvertible {
  /// The line that tells of it.
  let topic: String
  let state: Diagnosis.State
  /// Words of the fact, and of the remedy.
  let fact: String
  let remedy: String?
  let hasXen: Bool
  let apply: @Sendable (inout FakeHost) -> Void

  init(
    _ topic: String, _ state: Diagnosis.State, _ fact: String, _ remedy: String?,
    hasXen: Bool = true, _ apply: @escaping @Sendable (inout FakeHost) -> Void
  ) {
    self.topic = topic
    self.state = state
    self.fact = fact
    self.remedy = remedy
    self.hasXen = hasXen
    self.apply = apply
  }

  var testDescription: String { "\(topic): \(fact)" }

  /// A machine that has it, and nothing else.
  var machine: FakeHost {
    var machine = hasXen ? FakeHost() : .withoutXen
    apply(&machine)
    return machine
  }
}
