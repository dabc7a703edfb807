// SPDX-License-Identifier: Apache-2.0

/// What the doctor found out about a machine.
package struct HealthReport: Sendable {
  /// The lines, part by part.
  package let parts: [Part]
  /// Whether images can be built.
  package let canBuild: Bool
  /// Where guests can run, as `pvh run --on` names the places.
  package let places: [String]

  /// Lines that belong together.
  package struct Part: Sendable, Encodable {
    /// What they are about.
    package let title: String
    /// The lines, in an order in which they can be mended.
    package let diagnoses: [Diagnosis]

    var works: Bool { diagnoses.allSatisfy { $0.state != .broken } }
  }

  /// Looks at a machine; changes nothing on it.
  package init(_ machine: some HostProbe) {
    let hardware = Part(title: "machine", diagnoses: HardwareDoctor(machine).diagnoses)
    let control = ControlDomainDoctor(machine)
    let xen = Part(title: "Xen", diagnoses: control.diagnoses)
    let lab = Part(title: "lab", diagnoses: LabDoctor(machine).diagnoses)
    let building = Part(title: "building", diagnoses: BuildDoctor(machine).diagnoses)
    parts = [hardware, xen, lab, building]
    canBuild = hardware.works && building.works
    places =
      (hardware.works && control.isControlDomain && xen.works ? ["local"] : [])
      + (hardware.works && lab.works ? ["lab"] : [])
  }

  /// Whether guests can be built, and run somewhere.
  package var isFit: Bool { canBuild && !places.isEmpty }

  /// The result in a sentence.
  package var verdict: String {
    let run =
      places.isEmpty
      ? "run nowhere" : "run here (--on \(places.joined(separator: ", --on ")))"
    switch (canBuild, places.isEmpty) {
    case (true, false): return "Guests can be built, and \(run)."
    case (true, true): return "Guests can be built, but \(run)."
    case (false, false): return "Guests cannot be built, but \(run)."
    case (false, true): return "Guests can neither be built nor run."
    }
  }
}

extension HealthReport: Encodable {
  private enum CodingKeys: CodingKey {
    case fit
    case canBuild
    case places
    case parts
  }

  /// Writes the result and all lines.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(isFit, forKey: .fit)
    try container.encode(canBuild, forKey: .canBuild)
    try container.encode(places, forKey: .places)
    try container.encode(parts, forKey: .parts)
  }
}

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
