// SPDX-License-Identifier: Apache-2.0

extension ProgramGroup {
  /// Structures, enumerations, optionals, tuples.
  public static let values = ProgramGroup(
    "values",
    [
      Program("structures and their copies", structuresAndCopies),
      Program("an expression tree", expressionTree),
      Program("patterns", patterns),
      Program("optionals", optionals),
      Program("tuples", tuples),
      Program("properties with observers", observedProperties),
      Program("wrapped properties", wrappedProperties),
      Program("values that cannot be copied", uncopyableValues),
      Program("operators", operators),
      Program("raw values", rawValues),
    ])
}

private struct LimitedCounter {
  private(set) var count = 0
  static let limit = 3
  mutating func increase() { if count < Self.limit { count += 1 } }
}

private func structuresAndCopies() {
  var first = LimitedCounter()
  first.increase()
  var second = first
  for _ in 0..<9 { second.increase() }
  print(first.count, second.count, LimitedCounter.limit)
  var numbers = [1, 2]
  let before = numbers
  numbers.append(3)
  print(before.count, numbers.count)
}

private indirect enum Expression {
  case number(Int)
  case sum(Expression, Expression)
  case product(Expression, Expression)

  var value: Int {
    switch self {
    case .number(let number): number
    case .sum(let left, let right): left.value + right.value
    case .product(let left, let right): left.value * right.value
    }
  }

  var text: String {
    switch self {
    case .number(let number): "\(number)"
    case .sum(let left, let right): "(\(left.text) + \(right.text))"
    case .product(let left, let right): "\(left.text) * \(right.text)"
    }
  }
}

private func expressionTree() {
  let tree = Expression.product(.sum(.number(2), .number(3)), .number(7))
  print(tree.text, "=", tree.value)
}

private func patterns() {
  for point in [(0, 0), (3, 0), (0, -2), (5, 5), (1, 2)] {
    switch point {
    case (0, 0): print("origin")
    case (let x, 0): print("on x at \(x)")
    case (0, let y) where y < 0: print("below")
    case (let x, let y) where x == y: print("diagonal")
    case (1...2, 1...2): print("near")
    default: print("elsewhere")
    }
  }
  switch "b" as Character {
  case "a"..."f": print("hexadecimal")
  default: print("not")
  }
  if case .sum(_, .number(let last)) = Expression.sum(.number(1), .number(9)) { print(last) }
}

private func optionals() {
  let some: Int? = 4
  let none: Int? = nil
  print(some.map { $0 * 2 } ?? 0, none.map { $0 * 2 } ?? -1, some == 4, none == nil)
  print("\(some ?? 0)", some.flatMap { $0 > 3 ? "large" : nil } ?? "small")
  guard let value = some, value > 1 else { return print("never") }
  for case let number? in [1, nil, 3] { print(number) }
  let words: [String]? = ["first"]
  print(words?.first?.count ?? 0, words?[0].uppercased() ?? "")
  var changing: Int? = 1
  changing? += 1
  print(changing.take() ?? 0, changing == nil)
}

private func tuples() {
  let result = (code: 404, text: "not found")
  let (code, text) = result
  print(result.code, result.1, code, text, (1, "a") < (1, "b"), (1, 2) == (1, 2))
  var (left, right) = (1, 2)
  (left, right) = (right, left)
  print(left, right)
}

private struct Thermostat {
  var target = 20 {
    willSet { print("from \(target) to \(newValue)") }
    didSet { if target > 25 { target = 25 } }
  }
  lazy var history: [Int] = [target]
  subscript(offset: Int) -> Int { target + offset }
}

private func observedProperties() {
  var thermostat = Thermostat()
  thermostat.target = 30
  print(thermostat.target, thermostat[2], thermostat.history.count)
}

@propertyWrapper private struct Clamped {
  private var value = 0
  var wrappedValue: Int {
    get { value }
    set { value = min(max(newValue, 0), 10) }
  }
  var projectedValue: Bool { value == 10 }
}

private struct Volume {
  @Clamped var level: Int
}

private func wrappedProperties() {
  var volume = Volume()
  volume.level = 99
  print(volume.level, volume.$level)
  volume.level = -5
  print(volume.level, volume.$level)
}

private struct Ticket: ~Copyable {
  let number: Int
  consuming func use() -> Int { number }
  deinit { print("ticket \(number) is gone") }
}

private func uncopyableValues() {
  let ticket = Ticket(number: 7)
  print(ticket.use())
  do { let other = Ticket(number: 8); print(other.number) }
  var held: Ticket? = Ticket(number: 9)
  if let taken = held.take() { print(taken.number) }
  print(held == nil)
}

private struct Vector: Equatable {
  var x, y: Double
  static func + (left: Vector, right: Vector) -> Vector {
    Vector(x: left.x + right.x, y: left.y + right.y)
  }
  static prefix func - (vector: Vector) -> Vector { Vector(x: -vector.x, y: -vector.y) }
  static func += (left: inout Vector, right: Vector) { left = left + right }
}

infix operator <> : AdditionPrecedence

private func <> (left: Vector, right: Vector) -> Double { left.x * right.x + left.y * right.y }

private func operators() {
  var sum = Vector(x: 1, y: 2) + Vector(x: 3, y: 4)
  sum += -Vector(x: 1, y: 1)
  print(sum.x, sum.y, sum <> sum, sum == Vector(x: 3, y: 5))
}

private enum Planet: Int, CaseIterable, Comparable {
  case mercury = 1
  case venus, earth
  static func < (left: Planet, right: Planet) -> Bool { left.rawValue < right.rawValue }
}

private func rawValues() {
  print(Planet(rawValue: 3) == .earth, Planet(rawValue: 9) == nil, Planet.allCases.count)
  print(Planet.venus > .mercury, Planet.allCases.max()?.rawValue ?? 0)
}
