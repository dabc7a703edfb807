// SPDX-License-Identifier: Apache-2.0

import FixtureVerdicts

/// The report as a page of its own, which needs nothing else.
extension ConformanceResult {
  var page: String {
    let (conclusion, problem) = report.conclusion(outcome)
    let title = "\(subject), \(whereabouts)"
    let style = """
      body { font: 15px/1.4 sans-serif; margin: 2em; max-width: 75em }
      table { border-collapse: collapse; margin: 1em 0 }
      td, th { border: 1px solid #bbb; padding: .2em .6em; text-align: left; vertical-align: top }
      .pass { background: #e6f4e6 } .fail { background: #f8d7d7 } .skip { background: #f3f3e0 }
      """
    var parts = [
      "<!DOCTYPE html>\n<html lang=\"en\"><meta charset=\"utf-8\">",
      "<title>\(Self.escaped(title))</title>\n<style>\n\(style)\n</style>",
      "<h1>\(Self.escaped(title))</h1>",
      "<p class=\"\(conclusion == .pass ? "pass" : conclusion == .skip ? "skip" : "fail")\">"
        + "\(extent): "
        + "\(count(.pass)) passed, \(count(.fail)) failed, \(count(.skip)) skipped.</p>",
    ]
    if let problem { parts.append("<p class=\"fail\">\(Self.escaped(problem))</p>") }
    parts.append(differencesTable)
    parts.append(
      Self.table(
        ["case", "level", "what", "source", "result"],
        report.cases.sorted { $0.id < $1.id }.map { item in
          (
            item.result.rawValue,
            [
              item.id, item.level ?? "", item.statement ?? "", item.source ?? "",
              [item.result.rawValue, item.answer, item.note].compactMap(\.self)
                .joined(separator: ": "),
            ]
          )
        }))
    parts.append("</html>")
    return parts.joined(separator: "\n") + "\n"
  }

  private func count(_ result: VerdictCase.Result) -> Int {
    report.cases.count { $0.result == result }
  }

  /// Where the nearest known subject answered something else.
  private var differencesTable: String {
    guard !profile.answers.isEmpty, let nearest = profile.nearest(of: profiles) else { return "" }
    let rows = profile.differences(from: nearest).map { id in
      ("", [id, profile.answers[id] ?? "", nearest.answers[id] ?? ""])
    }
    let sentence =
      "Of \(profile.answers.count) measured answers all but \(rows.count) are those of "
    return "<p>\(sentence)\(Self.escaped(nearest.name)).</p>"
      + (rows.isEmpty ? "" : "\n" + Self.table(["case", "here", nearest.name], rows))
  }

  private static func table(_ titles: [String], _ rows: [(style: String, cells: [String])])
    -> String
  {
    let head = titles.map { "<th>\(escaped($0))</th>" }.joined()
    let body = rows.map { row in
      "<tr\(row.style.isEmpty ? "" : " class=\"\(row.style)\"")>"
        + row.cells.map { "<td>\(escaped($0))</td>" }.joined() + "</tr>"
    }
    return "<table>\n<tr>\(head)</tr>\n\(body.joined(separator: "\n"))\n</table>"
  }

  private static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
