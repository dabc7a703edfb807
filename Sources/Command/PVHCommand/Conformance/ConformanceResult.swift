// SPDX-License-Identifier: Apache-2.0

import FixtureVerdicts
import HostJSON

/// What came of a suite, and how it is told.
struct ConformanceResult {
  let report: VerdictReport
  let outcome: GuestOutcome
  let profiles: [ConformanceProfile]
  /// What was tested: "xenstored of Xen 4.17.7".
  let subject: String
  let xenVersion: String
  let whereabouts: String
  let milliseconds: Int

  /// What was measured.
  var profile: ConformanceProfile { ConformanceProfile(report) }

  /// The report in a form.
  func text(in format: ConformanceFormat) -> String {
    switch format {
    case .text: lines.map { $0 + "\n" }.joined()
    case .json: String(decoding: json.serialisedForPeople(), as: UTF8.self)
    case .html: page
    case .tap: VerdictFormat.tap.text(report, outcome)
    case .junit: VerdictFormat.junit.text(report, outcome)
    case .github: VerdictFormat.github.text(report, outcome)
    }
  }

  // MARK: For people

  static let levels = [
    ("M", "M, a sentence of a specification"), ("S", "S, shared by all that are known"),
    ("D", "D, measured"), ("X", "X, hostile"),
  ]

  var lines: [String] {
    var lines = [
      "\(subject), \(whereabouts): \(extent)"
    ]
    var table = TextTable(["level", "pass", "fail", "skip"], numbers: [1, 2, 3])
    for (level, title) in Self.levels {
      let cases = report.cases.filter { $0.level == level }
      func count(_ result: VerdictCase.Result) -> String {
        "\(cases.count { $0.result == result })"
      }
      if !cases.isEmpty { table.add([title, count(.pass), count(.fail), count(.skip)]) }
    }
    lines += table.lines
    for item in report.cases.sorted(by: { $0.id < $1.id }) where item.result == .fail {
      lines.append(
        "failed: \(item.id) (\(item.level ?? "-"), \(item.source ?? "-")): \(item.statement ?? "")")
      if let note = item.note { lines.append("        \(note)") }
    }
    lines += skipped
    lines += comparison
    if let problem = report.conclusion(outcome).problem {
      lines.append("the run itself failed: \(problem)")
    }
    return lines
  }

  /// "12 cases in 3.4 s".
  var extent: String {
    let count = report.cases.count
    return "\(count) case\(count == 1 ? "" : "s") in "
      + "\(milliseconds / 1000).\(milliseconds / 100 % 10) s"
  }

  /// The skipped cases, those with one reason in one line.
  private var skipped: [String] {
    var reasons: [(reason: String, ids: [String])] = []
    for item in report.cases.sorted(by: { $0.id < $1.id }) where item.result == .skip {
      let reason = item.note ?? "no reason"
      if let place = reasons.firstIndex(where: { $0.reason == reason }) {
        reasons[place].ids.append(item.id)
      } else {
        reasons.append((reason, [item.id]))
      }
    }
    return reasons.map { "skipped: \($0.ids.joined(separator: " ")): \($0.reason)" }
  }

  private var comparison: [String] {
    guard !profile.answers.isEmpty, let nearest = profile.nearest(of: profiles) else { return [] }
    let differences = profile.differences(from: nearest)
    var lines = [
      "measured: \(profile.answers.count) answers; "
        + (differences.isEmpty ? "all are" : "all but \(differences.count) are")
        + " those of \(nearest.name)"
    ]
    for id in differences {
      let statement = report.cases.first { $0.id == id }?.statement ?? ""
      lines.append("differs: \(id): \(statement)")
      lines.append(
        "         here: \(profile.answers[id] ?? "-"); \(nearest.name): \(nearest.answers[id] ?? "-")"
      )
    }
    return lines
  }

  // MARK: For programs

  private var json: JSONValue {
    guard case .object(var members) = report.json(outcome) else { return .null }
    members.append(JSONMember("subject", .string(subject)))
    members.append(JSONMember("xen", .string(xenVersion)))
    members.append(JSONMember("ms", .integer(milliseconds)))
    members.append(JSONMember("profile", profile.json))
    if let nearest = profile.nearest(of: profiles) {
      let differences = profile.differences(from: nearest).map { id in
        JSONValue.object([
          JSONMember("id", .string(id)), JSONMember("here", .string(profile.answers[id] ?? "")),
          JSONMember("there", .string(nearest.answers[id] ?? "")),
        ])
      }
      members.append(
        JSONMember(
          "nearest",
          .object([
            JSONMember("name", .string(nearest.name)),
            JSONMember("differences", .array(differences)),
          ])))
    }
    return .object(members)
  }
}
