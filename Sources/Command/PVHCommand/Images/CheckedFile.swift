// SPDX-License-Identifier: Apache-2.0

import PVHImage

/// A file, and what became of checking it; `--json` prints it as it is.
struct CheckedFile: Encodable {
  var schema = 1
  let file: String
  /// What keeps the file from being read as an image.
  private(set) var unreadable: Problem?
  private(set) var launchers: [Verdict] = []

  struct Problem: Encodable {
    var name: String
    var message: String
    var offset: UInt64?
    var remedy: String
  }

  init(_ file: String, _ launchers: [Launcher], memoryKiB: UInt64?) {
    self.file = file
    do throws(ImageError) {
      let image = try PVHImage(contentsOf: file, symbols: true)
      self.launchers = launchers.map { Verdict(image, $0, memoryKiB: memoryKiB) }
    } catch {
      let finding = error.finding
      unreadable = Problem(
        name: finding.rule.name, message: finding.message, offset: finding.offset,
        remedy: finding.remedy)
    }
  }

  /// What the command would exit with if this were the only file.
  var status: ExitStatus {
    if unreadable != nil { return .cannotBoot }
    return ExitStatus(rawValue: launchers.allSatisfy(\.boots) ? 0 : 1)
  }

  /// What is printed for people: a line for each launcher, and those of its findings.
  func lines(notes: Bool) -> [String] {
    if let unreadable {
      let place = unreadable.offset.map { " (file offset \(hex($0)))" } ?? ""
      return [
        "\(file): not an image",
        "  error: \(unreadable.message)\(place) [\(unreadable.name)]", "    \(unreadable.remedy)",
      ]
    }
    return launchers.flatMap { verdict in
      let title = Launcher(rawValue: verdict.launcher)?.title ?? verdict.launcher
      let answer = verdict.boots ? "boots" : "does not boot"
      return ["\(file): \(title): \(answer)"]
        + verdict.findings
        .filter { notes || $0.severity != Severity.note.rawValue }.flatMap(\.lines)
    }
  }
}

extension Verdict.Line {
  /// The fact and where it is, the remedy, the rule's source.
  fileprivate var lines: [String] {
    let place = offset.map { " (file offset \(hex($0)))" } ?? ""
    return [
      "  \(severity): \(message)\(place) [\(name)]", "    \(remedy)", "    Source: \(source)",
    ]
  }
}
