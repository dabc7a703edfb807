// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import PVHDoctor
import SystemPackage

/// `pvh doctor`: what of this machine works, and how to mend the rest.
struct DoctorCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Says what works on this machine, and how to mend what does not.",
    discussion: """
      Lines start with ok, with -- for what this machine does without, or with !! for what keeps a \
      part of it from working. Nothing is changed.

      The exit status is 0 if guests can be built, and run here or in the lab; 1 otherwise.

      --json prints an object: "fit", "canBuild", "places" (as --on names them), and "parts", each with \
      its "title" and its "diagnoses": "topic", "state" (works, optional, broken), "fact", "remedy".
      """)

  @Flag(help: "Print JSON.")
  var json = false

  func run() throws {
    let machine = LocalHost(
      agent: try? AgentProgram.beside(), kit: PVHKitFolder.aroundThisProgram?.path)
    let examination = HealthReport(machine)
    if json {
      try Terminal.write(json: examination)
    } else {
      for line in examination.lines { try Terminal.write(line) }
    }
    if !examination.isFit { throw ExitCode(1) }
  }
}

extension HealthReport {
  /// The text for people.
  fileprivate var lines: [String] {
    let width = parts.flatMap(\.diagnoses).map(\.topic.count).max() ?? 0
    let lines = parts.flatMap { part in
      [part.title] + part.diagnoses.flatMap { $0.lines(topicWidth: width) } + [""]
    }
    return lines + [verdict]
  }
}

extension Diagnosis {
  fileprivate func lines(topicWidth: Int) -> [String] {
    let padding = String(repeating: " ", count: topicWidth - topic.count)
    let first = "  \(state.mark) \(topic)\(padding)  \(fact)"
    guard let remedy else { return [first] }
    return [first, String(repeating: " ", count: topicWidth + 7) + "→ \(remedy)"]
  }
}

extension Diagnosis.State {
  fileprivate var mark: String {
    switch self {
    case .works: "ok"
    case .optional: "--"
    case .broken: "!!"
    }
  }
}
