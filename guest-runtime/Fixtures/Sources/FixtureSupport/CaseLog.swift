// SPDX-License-Identifier: Apache-2.0

public import GuestRuntime

/// The cases of a suite, one line each, and the sum of them.
///
/// The first line says how many there are, so that a run that dies in the middle is seen as one. A case
/// that fails, or that measures something, has a note. A case is never printed twice.
public struct CaseLog {
  private let output: LineOutput
  private let fixture: StaticString
  private var passed = 0
  private var failed = 0
  private var skipped = 0

  /// What came of a case.
  public enum Result: Sendable {
    /// As it should be.
    case pass
    /// Not as it should be, and how it was.
    case fail(GuestText)
    /// Not looked at, and why.
    case skip(GuestText)
    /// What was measured: each answer is right.
    case measured(GuestText)
  }

  /// The log of a fixture that will have some number of cases.
  public init(_ fixture: StaticString, cases: Int, _ output: LineOutput) {
    self.output = output
    self.fixture = fixture
    var line = JSONLine("plan")
    line.add("fixture", fixture)
    line.add("n", cases)
    line.print(output)
  }

  /// Adds a case.
  ///
  /// - Parameters:
  ///   - id: Its name for ever.
  ///   - level: M, S, D or X; empty where cases have no levels.
  ///   - result: What came of it.
  ///   - milliseconds: How long it took.
  ///   - statement: What is true where it passes; empty where the id says it.
  ///   - source: Where that is written.
  public mutating func add(
    _ id: StaticString, level: StaticString = "", _ result: Result, milliseconds: UInt64 = 0,
    statement: StaticString = "", source: StaticString = ""
  ) {
    var line = JSONLine("case")
    line.add("id", id)
    if level.utf8CodeUnitCount > 0 { line.add("level", level) }
    switch result {
    case .pass:
      passed += 1
      line.add("r", "pass")
    case .fail(let note):
      failed += 1
      line.add("r", "fail")
      line.add("note", Self.short(note))
    case .skip(let reason):
      skipped += 1
      line.add("r", "skip")
      line.add("note", Self.short(reason))
    case .measured(let answer):
      passed += 1
      line.add("r", "pass")
      line.add("answer", Self.short(answer))
    }
    if milliseconds > 0 { line.add("ms", milliseconds) }
    if statement.utf8CodeUnitCount > 0 { line.add("what", statement) }
    if source.utf8CodeUnitCount > 0 { line.add("source", source) }
    line.print(output)
  }

  /// Says that there can be no further cases, and how many there would have been.
  public func lost(after id: StaticString, left: Int) {
    var line = JSONLine("lost")
    line.add("after", id)
    line.add("left", left)
    line.print(output)
  }

  /// Prints the sum; the verdict that follows from it.
  public func finish() -> Verdict {
    var line = JSONLine("end")
    line.add("fixture", fixture)
    line.add("r", failed > 0 ? "fail" : passed > 0 ? "pass" : "skip")
    line.add("pass", passed)
    line.add("fail", failed)
    line.add("skip", skipped)
    line.print(output)
    return failed > 0 ? .failure : passed > 0 ? .success : .skip
  }

  /// So that the line has 1000 bytes at most, however its bytes are written.
  private static func short(_ text: GuestText) -> [UInt8] { Array(text.bytes.prefix(120)) }
}
