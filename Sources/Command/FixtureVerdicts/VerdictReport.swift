// SPDX-License-Identifier: Apache-2.0

import HostJSON

/// What a guest said of itself on its console: the lines that begin with `@pvh ` and are JSON, and the rest.
///
/// Works on any console log: other output, the time stamps of a console daemon and cut lines may be among
/// it. The same is in `pvhfixtures.py`, for those without pvh; a test compares the two.
public struct VerdictReport {
  /// The guest's name; nil if it did not say it.
  public private(set) var fixture: String?
  /// How many cases it announced; nil if it has none.
  public private(set) var planned: Int?
  /// The cases, in their order.
  public private(set) var cases: [VerdictCase] = []
  /// Lines that are not for programs, without those that are empty.
  public private(set) var text: [String] = []
  private var sawEnd = false
  private var error: String?
  private var word: Substring?
  /// After which case the suite could not go on, and how many cases it did not come to.
  private var lost: (after: String, left: Int)?

  /// Reads a console log.
  public init(console: [UInt8]) {
    for line in console.split(separator: UInt8(ascii: "\n")) {
      let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      guard let mark = Self.mark(in: line) else {
        keep(line)
        continue
      }
      if let record = try? JSONValue(
        parsing: Array(line[(mark + 5)...]), takesFractions: true)
      {
        keep(line[..<mark])
        take(record)
      } else {
        keep(line)
      }
    }
  }

  /// Makes a failure of a case that passed, for a reason that the guest cannot see.
  public mutating func fail(_ id: String, note: String) {
    for position in cases.indices where cases[position].id == id {
      cases[position].result = .fail
      cases[position].note = note
    }
  }

  private static func mark(in line: ArraySlice<UInt8>) -> Int? {
    let mark = Array("@pvh {".utf8)
    return line.indices.first { line[$0...].starts(with: mark) }
  }

  private mutating func keep(_ line: ArraySlice<UInt8>) {
    let line = Self.printable(String(decoding: line, as: UTF8.self))
    let verdict = "Test result: "
    if line.hasPrefix(verdict) {
      word = line.dropFirst(verdict.count)
    } else if !line.isEmpty {
      text.append(line)
    }
  }

  /// A text with the replacement character for each that steers a terminal, or that XML has not.
  static func printable(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { scalar in
          switch scalar.value {
          case 9: scalar
          case 0..<0x20, 0x7f..<0xa0, 0xfffe...0xffff: "\u{fffd}"
          default: scalar
          }
        }))
  }

  private mutating func take(_ record: JSONValue) {
    func string(_ key: String) -> String? {
      guard case .string(let text) = record[key] else { return nil }
      return Self.printable(text)
    }
    func number(_ key: String) -> Int? {
      guard case .integer(let number) = record[key] else { return nil }
      return number
    }
    if fixture == nil { fixture = string("fixture") }
    switch string("t") {
    // A report may be of several runs.
    case "plan": planned = number("n").map { (planned ?? 0) + $0 }
    case "lost": lost = (string("after") ?? "unknown", number("left") ?? 0)
    case "end": sawEnd = true
    case "error": error = string("text") ?? "unknown"
    case "case":
      cases.append(
        VerdictCase(
          id: string("id") ?? "unknown", level: string("level"),
          result: string("r").flatMap(VerdictCase.Result.init) ?? .fail, note: string("note"),
          answer: string("answer"), milliseconds: number("ms") ?? 0, statement: string("what"),
          source: string("source")))
    default: break
    }
  }
}

/// One case of a report.
public struct VerdictCase: Equatable, Sendable {
  /// Its name for ever.
  public var id: String
  /// M, S, D or X, where cases have levels.
  public var level: String?
  /// What came of it.
  public var result: Result
  /// Why it failed, or was skipped.
  public var note: String?
  /// What was measured.
  public var answer: String?
  /// How long it took.
  public var milliseconds: Int
  /// What is true where it passes, if the guest says so.
  public var statement: String?
  /// Where that is written.
  public var source: String?

  /// What came of a case.
  public enum Result: String, Sendable {
    case pass, fail, skip
  }
}

// MARK: - What follows from it

extension VerdictReport {
  /// What a run says as a whole. The raw values are exit statuses, as Automake and Meson have them.
  public enum Conclusion: Int, Sendable {
    /// All is as it should be.
    case pass = 0
    /// Something is not.
    case fail = 1
    /// Nothing was looked at.
    case skip = 77
    /// The run itself failed.
    case broken = 99

    /// As JSON has it.
    var word: String {
      switch self {
      case .pass: "pass"
      case .fail: "fail"
      case .skip: "skip"
      case .broken: "broken"
      }
    }
  }

  /// The conclusion, and what is wrong with the run itself.
  ///
  /// - Parameter outcome: How the guest ended: its exit status, or why there is none.
  /// - Returns: The second is nil if the run as such is sound.
  public func conclusion(_ outcome: GuestOutcome) -> (Conclusion, problem: String?) {
    if let error { return (.broken, error) }
    if let lost {
      return (
        .broken,
        "what is tested stopped answering in \(lost.after); \(lost.left) cases were not looked at"
      )
    }
    if case .other(let reason) = outcome { return (.broken, reason) }
    if let planned {
      guard sawEnd else { return (.broken, "the output ends before the guest's last line") }
      guard cases.count == planned else {
        return (.broken, "\(cases.count) of \(planned) cases arrived")
      }
    }
    if cases.contains(where: { $0.result == .fail }) { return (.fail, nil) }
    if cases.contains(where: { $0.result == .pass }) { return (.pass, nil) }
    if !cases.isEmpty { return (.skip, nil) }
    switch (word, outcome) {
    case ("FAILURE", _): return (.fail, nil)
    case ("SKIP", _), (nil, .exited(77)): return (.skip, nil)
    case ("ERROR", _), (nil, .exited(99)): return (.broken, "the guest said so")
    case (_, .exited(0)): return (.pass, nil)
    case (_, .exited(let status)): return (.fail, "exit status \(status)")
    case (_, .other(let reason)): return (.broken, reason)
    }
  }

  /// The cases; for a guest that has none, one that stands for the run.
  func listed(_ outcome: GuestOutcome) -> [VerdictCase] {
    guard cases.isEmpty, planned == nil else { return cases }
    let (conclusion, problem) = conclusion(outcome)
    guard conclusion != .broken else { return [] }
    let result: VerdictCase.Result =
      conclusion == .pass ? .pass : conclusion == .skip ? .skip : .fail
    return [VerdictCase(id: "run", result: result, note: problem, milliseconds: 0)]
  }
}

/// How the guest of a report ended.
public enum GuestOutcome: Equatable, Sendable {
  /// With an exit status.
  case exited(Int)
  /// Otherwise: in words.
  case other(String)
}
