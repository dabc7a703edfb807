// SPDX-License-Identifier: Apache-2.0

extension ProgramGroup {
  /// Functions as values.
  public static let closures = ProgramGroup(
    "closures",
    [
      Program("captures", captures),
      Program("functions that make functions", functionsThatMakeFunctions),
      Program("a pipeline", pipeline),
      Program("builders", builders),
      Program("callable values", callableValues),
      Program("arguments by need", argumentsByNeed),
      Program("a state machine", stateMachine),
    ])
}

private func captures() {
  var count = 0
  let increase = { count += 1 }
  for _ in 0..<5 { increase() }
  var actions: [() -> Int] = []
  for number in 1...3 { actions.append { number * 10 + count } }
  count = 7
  print(count, actions.map { "\($0())" }.joined(separator: " "))
}

private func adder(_ amount: Int) -> (Int) -> Int { { $0 + amount } }

private func compose<A, B, C>(
  _ first: @escaping (A) -> B, _ second: @escaping (B) -> C
) -> (A) -> C { { second(first($0)) } }

private func functionsThatMakeFunctions() {
  let twelve = compose(adder(5), adder(7))
  let described = compose(twelve) { "is \($0)" }
  print(twelve(0), described(30), [1, 2, 3].map(adder(1)).reduce(0, +))
}

private func pipeline() {
  let steps: [(String) -> String] = [
    { $0.uppercased() }, { String($0.reversed()) }, { $0 + "!" }, { "<\($0)>" },
  ]
  print(steps.reduce("swift") { text, step in step(text) })
}

@resultBuilder private enum Lines {
  static func buildBlock(_ parts: [String]...) -> [String] { parts.flatMap { $0 } }
  static func buildExpression(_ line: String) -> [String] { [line] }
  static func buildOptional(_ part: [String]?) -> [String] { part ?? [] }
  static func buildEither(first: [String]) -> [String] { first }
  static func buildEither(second: [String]) -> [String] { second }
  static func buildArray(_ parts: [[String]]) -> [String] { parts.flatMap { $0 } }
}

private func page(@Lines _ content: () -> [String]) -> String { content().joined(separator: "/") }

private func builders() {
  let isLong = true
  print(
    page {
      "title"
      if isLong { "introduction" }
      for chapter in 1...2 { "chapter \(chapter)" }
      if isLong { "index" } else { "nothing" }
    })
}

@dynamicMemberLookup private struct Record {
  private var fields = ["name": "web", "state": "running"]
  subscript(dynamicMember name: String) -> String { fields[name] ?? "none" }
  func callAsFunction(_ suffix: String) -> String { name + suffix }
  private var name: String { fields["name"] ?? "" }
}

private func callableValues() {
  let record = Record()
  print(record.state, record.color, record("-1"))
}

private func argumentsByNeed() {
  func log(_ isOn: Bool, _ text: @autoclosure () -> String) { if isOn { print(text()) } }
  func costly() -> String {
    print("computed")
    return "text"
  }
  log(false, costly())
  log(true, costly())
  func sum(_ numbers: Int..., times factor: Int = 2) -> Int { numbers.reduce(0, +) * factor }
  print(sum(1, 2, 3), sum(4, times: 10), sum())
  func swapped(_ left: inout Int, _ right: inout Int) { (left, right) = (right, left) }
  var (one, two) = (1, 2)
  swapped(&one, &two)
  print(one, two)
}

private enum MachineState {
  case idle
  case running(Int)
  case done
}

private func stateMachine() {
  var state = MachineState.idle
  var log: [String] = []
  loop: while true {
    defer { log.append("turn") }
    switch state {
    case .idle: state = .running(0)
    case .running(let step) where step == 3: state = .done
    case .running(let step): state = .running(step + 1)
    case .done: break loop
    }
  }
  print(log.count)
}
