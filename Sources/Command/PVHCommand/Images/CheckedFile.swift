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
    do throws(ImageError) {
      let image = try PVHImage(contentsOf: file, symbols: true)
      self.init(image, launchers, memoryKiB: memoryKiB)
    } catch {
      self.init(error, file: file)
    }
  }

  init(_ image: PVHImage, _ launchers: [Launcher], memoryKiB: UInt64?) {
    file = image.file
    self.launchers = launchers.map { Verdict(image, $0, memoryKiB: memoryKiB) }
  }

  /// A file that cannot be read, under the name that the user gave it.
  init(_ error: ImageError, file: String) {
    self.file = file
    unreadable = Problem(
      name: error.finding.rule.name, message: error.finding.message, offset: error.finding.offset,
      remedy: error.finding.remedy)
  }

  /// What the command would exit with if this were the only file.
  var status: ExitStatus {
    if unreadable != nil { return .cannotBoot }
    return ExitStatus(rawValue: launchers.allSatisfy(\.boots) ? 0 : 1)
  }

  /// What is printed for people: a line for each launcher, and those of its findings.
  func lines(notes: Bool) -> [String] {
    if let unreadable {
      return [
        "\(file): not an image",
        "  error: \(unreadable.message)\(place(unreadable.offset)) [\(unreadable.name)]",
        "    \(unreadable.remedy)",
      ]
    }
    return launchers.flatMap { verdict in
      let answer = verdict.boots ? "boots" : "does not boot"
      return ["\(file): \(verdict.launcher.title): \(answer)"]
        + verdict.findings.filter { notes || $0.severity != .note }.flatMap(\.lines)
    }
  }
}

/// What a launcher would do with an image, and why; `--json` prints it as it is.
struct Verdict: Encodable {
  let launcher: Launcher
  let boots: Bool
  let findings: [Line]

  struct Line: Encodable {
    let name: String
    let severity: Severity
    let message: String
    let offset: UInt64?
    let remedy: String
    let source: String
  }

  init(_ image: PVHImage, _ launcher: Launcher, memoryKiB: UInt64? = nil) {
    let findings = image.findings(for: launcher, memoryKiB: memoryKiB)
    self.launcher = launcher
    boots = findings.allSatisfy { $0.severity != .error }
    self.findings = findings.map(Line.init)
  }
}

extension Verdict.Line {
  fileprivate init(_ item: LauncherFinding) {
    let finding = item.finding
    self.init(
      name: finding.rule.name, severity: item.severity, message: finding.message,
      offset: finding.offset, remedy: finding.remedy, source: finding.rule.source)
  }

  /// The fact and where it is, the remedy, the rule's source.
  fileprivate var lines: [String] {
    [
      "  \(severity): \(message)\(place(offset)) [\(name)]", "    \(remedy)",
      "    Source: \(source)",
    ]
  }
}

private func place(_ offset: UInt64?) -> String {
  offset.map { " (file offset \(hex($0)))" } ?? ""
}
