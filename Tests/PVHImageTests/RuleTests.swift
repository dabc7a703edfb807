// SPDX-License-Identifier: Apache-2.0

import CommandFixture
import Foundation
import PVHImage
import Testing

/// The names of rules are an interface: programs compare them.
@Suite struct RuleTests {
  @Test func everyRuleIsListedOnce() throws {
    let names = Rule.all.map(\.name)
    #expect(Set(names).count == names.count)
    #expect(try Set(RuleEntry.all().map(\.name)) == Set(names), "entries and lists differ")
  }

  @Test(arguments: Rule.all)
  func everyRuleIsComplete(rule: Rule) {
    #expect(rule.name.allSatisfy { $0.isLowercase || $0.isNumber || $0 == "-" })
    #expect(!rule.source.isEmpty)
    #expect(rule.remedy.hasSuffix("."))
    #expect(Launcher.allCases.contains { rule.effect(for: $0) != nil })
  }

  @Test func tellsWhatPreventsBooting() {
    #expect(Rule.noPVHNote.effect(for: .xl) == .refused)
    #expect(Rule.segmentsOverlap.effect(for: .xl) == .misbehaves)
    #expect(Rule.segmentsOverlap.effect(for: .xl)?.preventsBooting == true)
    #expect(Rule.extraXenNote.effect(for: .xl)?.preventsBooting == false)
    #expect(Rule.wrongMachine.effect(for: .xl)?.preventsBooting == false)
  }

  @Test func leavesOutAPlaceThatIsNone() {
    let finding = Finding(.noPVHNote, "has no note", remedy: "Add one.")
    #expect(finding.description(file: "a.pvh") == "a.pvh: has no note. Add one.")
  }

  @Test func aFindingHasItsRulesRemedy() {
    #expect(Finding(.emptyFile, "is empty").remedy == Rule.emptyFile.remedy)
  }
}

/// `docs/image-rules.md` says what the entries say.
@Suite struct RulePageTests {
  /// With `PVHKIT_UPDATE_DOCS=1` the page is written anew.
  @Test func thePageHasEveryRule() throws {
    let page = try DocumentPage("image-rules.md")
    let start = try #require(page.text.range(of: "\n## ")?.lowerBound)
    let wanted = page.text[..<start] + (try Self.tables())
    #expect(
      try page.isUpToDate(wanted),
      "PVHKIT_UPDATE_DOCS=1 swift test --filter RulePageTests writes it")
  }

  private static func tables() throws -> String {
    let meanings = Dictionary(
      uniqueKeysWithValues: try RuleEntry.all().map { ($0.name, $0.meaning) })
    return try Rule.groups.map { group in
      let rows = try group.rules.map { rule in
        let effects = Launcher.allCases.map { rule.effect(for: $0)?.rawValue ?? "" }
        let cells =
          ["`\(rule.name)`", try #require(meanings[rule.name])] + effects
          + [rule.remedy, rule.source]
        return "| \(cells.joined(separator: " | ")) |\n"
      }
      return """

        ## \(group.title)

        | rule | broken if | xl | qemu | dom0 | remedy | source |
        |---|---|---|---|---|---|---|

        """ + rows.joined()
    }.joined()
  }
}

/// A rule's entry as it stands in the source: the comment in front of it says when the rule is broken.
private struct RuleEntry {
  let name: String
  let meaning: String

  static func all() throws -> [RuleEntry] {
    let folder = checkout.appending(path: "Sources/Image/PVHImage/Rules")
    let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
      .filter { $0.hasSuffix("Rules.swift") }
    return try files.flatMap { file in
      let text = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
      let entry = #/  /// (.+)\n(?:  ///.*\n)*  public static let \w+ = \w+\(\n    "([a-z0-9-]+)"/#
      let entries = text.matches(of: entry)
      let declarations = text.matches(of: #/ public static let /#)
      try #require(entries.count == declarations.count, "\(file)")
      return entries.map { RuleEntry(name: String($0.2), meaning: String($0.1)) }
    }
  }
}

private let checkout = URL(filePath: #filePath).appending(path: "../../..").standardizedFileURL
