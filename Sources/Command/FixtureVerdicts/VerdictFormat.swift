// SPDX-License-Identifier: Apache-2.0

public import HostJSON

/// Forms of a report that other programs read.
public enum VerdictFormat: String, CaseIterable, Sendable {
  /// TAP 13, flat, which readers of 12 and 14 take as well.
  case tap
  /// JUnit's XML, as GitLab and Jenkins read it.
  case junit
  /// Lines of commands to GitHub's runner.
  case github
  /// One JSON object.
  case json

  /// The report in this form, with its last newline.
  public func text(_ report: VerdictReport, _ outcome: GuestOutcome) -> String {
    switch self {
    case .tap: report.tap(outcome)
    case .junit: report.junit(outcome)
    case .github: report.github(outcome)
    case .json: String(decoding: report.json(outcome).serialisedForPeople(), as: UTF8.self)
    }
  }
}

extension VerdictReport {
  private var name: String { fixture ?? "guest" }

  private func counts(_ cases: [VerdictCase]) -> (passed: Int, failed: Int, skipped: Int) {
    func count(_ result: VerdictCase.Result) -> Int {
      cases.count { $0.result == result }
    }
    return (count(.pass), count(.fail), count(.skip))
  }

  fileprivate func tap(_ outcome: GuestOutcome) -> String {
    let cases = listed(outcome)
    let (conclusion, problem) = conclusion(outcome)
    var lines = ["TAP version 13", "1..\(max(planned ?? 0, cases.count))", "# fixture: \(name)"]
    for (position, item) in cases.enumerated() {
      let line = "\(item.result == .fail ? "not ok" : "ok") \(position + 1) - \(item.id)"
      lines.append(item.result == .skip ? "\(line) # SKIP \(item.note ?? "")" : line)
      if item.result == .fail, let note = item.note {
        lines += ["  ---", "  message: \(Self.quoted(note))", "  ..."]
      }
      if let answer = item.answer { lines.append("# \(item.id): \(answer)") }
    }
    lines += text.map { "# \($0)" }
    if conclusion == .broken { lines.append("Bail out! \(problem ?? "")") }
    return lines.joined(separator: "\n") + "\n"
  }

  fileprivate func junit(_ outcome: GuestOutcome) -> String {
    let cases = listed(outcome)
    let (conclusion, problem) = conclusion(outcome)
    let (_, failed, skipped) = counts(cases)
    let errors = conclusion == .broken ? 1 : 0
    let name = Self.xml(name)
    let time = Self.seconds(cases.reduce(0) { $0 + $1.milliseconds })
    var lines = [
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "<testsuites>",
      "  <testsuite name=\"\(name)\" tests=\"\(cases.count + errors)\" failures=\"\(failed)\" "
        + "errors=\"\(errors)\" skipped=\"\(skipped)\" time=\"\(time)\">",
    ]
    for item in cases {
      let start =
        "    <testcase classname=\"\(name)\" name=\"\(Self.xml(item.id))\" "
        + "time=\"\(Self.seconds(item.milliseconds))\""
      switch item.result {
      case .pass: lines.append(start + "/>")
      case .fail, .skip:
        let element = item.result == .fail ? "failure" : "skipped"
        lines += [
          start + ">", "      <\(element) message=\"\(Self.xml(item.note ?? ""))\"/>",
          "    </testcase>",
        ]
      }
    }
    if conclusion == .broken {
      lines += [
        "    <testcase classname=\"\(name)\" name=\"run\" time=\"0.000\">",
        "      <error message=\"\(Self.xml(problem ?? ""))\"/>", "    </testcase>",
      ]
    }
    if !text.isEmpty {
      lines.append("    <system-out>\(Self.xml(text.joined(separator: "\n")))</system-out>")
    }
    lines += ["  </testsuite>", "</testsuites>"]
    return lines.joined(separator: "\n") + "\n"
  }

  fileprivate func github(_ outcome: GuestOutcome) -> String {
    let cases = listed(outcome)
    let (conclusion, problem) = conclusion(outcome)
    var lines: [String] = []
    for item in cases where item.result != .pass {
      let kind = item.result == .fail ? "error" : "notice"
      let note = (item.result == .skip ? "skipped: " : "") + (item.note ?? "failed")
      lines.append("::\(kind) title=\(Self.property("\(name) \(item.id)"))::\(Self.command(note))")
    }
    if conclusion == .broken {
      lines.append("::error title=\(Self.property(name))::\(Self.command(problem ?? ""))")
    }
    let (passed, failed, skipped) = counts(cases)
    lines.append("\(name): \(passed) passed, \(failed) failed, \(skipped) skipped")
    return lines.joined(separator: "\n") + "\n"
  }

  /// The report as an object; see `docs/fixtures.md`.
  public func json(_ outcome: GuestOutcome) -> JSONValue {
    let listed = listed(outcome)
    let (conclusion, problem) = conclusion(outcome)
    let (passed, failed, skipped) = counts(listed)
    let cases = listed.map { item in
      var members = [JSONMember("id", .string(item.id))]
      if let level = item.level { members.append(JSONMember("level", .string(level))) }
      members.append(JSONMember("result", .string(item.result.rawValue)))
      if let note = item.note { members.append(JSONMember("note", .string(note))) }
      if let answer = item.answer { members.append(JSONMember("answer", .string(answer))) }
      members.append(JSONMember("ms", .integer(item.milliseconds)))
      if let statement = item.statement {
        members.append(JSONMember("statement", .string(statement)))
      }
      if let source = item.source { members.append(JSONMember("source", .string(source))) }
      return JSONValue.object(members)
    }
    return .object([
      JSONMember("version", .integer(1)), JSONMember("fixture", .string(name)),
      JSONMember("result", .string(conclusion.word)),
      JSONMember("problem", problem.map { .string($0) } ?? .null),
      JSONMember("planned", planned.map { .integer($0) } ?? .null),
      JSONMember("passed", .integer(passed)), JSONMember("failed", .integer(failed)),
      JSONMember("skipped", .integer(skipped)), JSONMember("cases", .array(cases)),
      JSONMember("text", .array(text.map { .string($0) })),
    ])
  }

  // MARK: Escapes

  /// As YAML and JSON have strings.
  private static func quoted(_ text: String) -> String {
    String(decoding: JSONValue.string(text).serialised(), as: UTF8.self)
  }

  private static func xml(_ text: String) -> String {
    replace(text, [("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\"", "&quot;")])
  }

  private static func command(_ text: String) -> String {
    replace(text, [("%", "%25"), ("\r", "%0D"), ("\n", "%0A")])
  }

  private static func property(_ text: String) -> String {
    replace(command(text), [(":", "%3A"), (",", "%2C")])
  }

  private static func replace(_ text: String, _ pairs: [(Unicode.Scalar, String)]) -> String {
    text.unicodeScalars.reduce(into: "") { result, scalar in
      result += pairs.first { $0.0 == scalar }?.1 ?? String(scalar)
    }
  }

  private static func seconds(_ milliseconds: Int) -> String {
    let digits = String(milliseconds % 1000)
    return "\(milliseconds / 1000)." + String(repeating: "0", count: 3 - digits.count) + digits
  }
}
