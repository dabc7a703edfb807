// SPDX-License-Identifier: Apache-2.0

extension ProgramGroup {
  /// What goes wrong, and what is done about it.
  public static let errors = ProgramGroup(
    "errors",
    [
      Program("typed errors", typedErrors),
      Program("cleaning up", cleaningUp),
      Program("results", results),
      Program("a parser that says where", parserThatSaysWhere),
    ])
}

private enum TextRefusal: Error, Equatable {
  case empty
  case tooLong(Int)
}

private func checked(_ text: String) throws(TextRefusal) -> Int {
  guard !text.isEmpty else { throw .empty }
  guard text.count < 5 else { throw .tooLong(text.count) }
  return text.count
}

private func typedErrors() {
  for text in ["", "abc", "abcdef"] {
    do throws(TextRefusal) {
      print(try checked(text))
    } catch {
      switch error {
      case .empty: print("empty")
      case .tooLong(let count): print("too long: \(count)")
      }
    }
  }
  print((try? checked("ab")) ?? -1, (try? checked("")) ?? -1)
}

private func cleaningUp() {
  func work(_ fails: Bool) throws(TextRefusal) {
    print("open")
    defer { print("close") }
    if fails { throw .empty }
    print("work")
  }
  for fails in [false, true] {
    do throws(TextRefusal) { try work(fails) } catch { print("failed: \(error == .empty)") }
  }
}

private func results() {
  let outcomes: [Result<Int, TextRefusal>] = ["a", "", "abcdefg"].map { text in
    do throws(TextRefusal) { return .success(try checked(text)) } catch { return .failure(error) }
  }
  for outcome in outcomes {
    switch outcome {
    case .success(let count): print("good: \(count)")
    case .failure(let refusal): print("bad: \(refusal == .tooLong(7))")
    }
  }
  print((try? outcomes[0].map { $0 * 100 }.get()) ?? 0)
}

/// A sum with brackets, such as `1+(2+3)`.
private struct SumParser {
  struct Mistake: Error {
    let position: Int
    let wanted: Character
  }

  private let text: [Character]
  private var position = 0

  init(_ text: String) { self.text = Array(text) }

  mutating func sum() throws(Mistake) -> Int {
    var result = try term()
    while position < text.count, text[position] == "+" {
      position += 1
      result += try term()
    }
    return result
  }

  private mutating func term() throws(Mistake) -> Int {
    guard position < text.count else { throw Mistake(position: position, wanted: "1") }
    if let digit = text[position].wholeNumberValue {
      position += 1
      return digit
    }
    try expect("(")
    let result = try sum()
    try expect(")")
    return result
  }

  private mutating func expect(_ character: Character) throws(Mistake) {
    guard position < text.count, text[position] == character else {
      throw Mistake(position: position, wanted: character)
    }
    position += 1
  }
}

private func parserThatSaysWhere() {
  for text in ["1+(2+3)", "1+", "(1+2", "((4))+5"] {
    var parser = SumParser(text)
    do throws(SumParser.Mistake) {
      print("\(text) = \(try parser.sum())")
    } catch {
      print("\(text): '\(error.wanted)' is missing at \(error.position)")
    }
  }
}
