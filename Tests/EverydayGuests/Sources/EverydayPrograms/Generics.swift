// SPDX-License-Identifier: Apache-2.0

extension ProgramGroup {
  /// Code for many types.
  public static let generics = ProgramGroup(
    "generics",
    [
      Program("a stack", stack),
      Program("associated types", associatedTypes),
      Program("conditional conformance", conditionalConformance),
      Program("opaque types", opaqueTypes),
      Program("a sequence of one's own", ownSequence),
      Program("numbers as arguments", numbersAsArguments),
      Program("types as values", typesAsValues),
    ])
}

private struct Stack<Element> {
  private var elements: [Element] = []
  mutating func push(_ element: Element) { elements.append(element) }
  mutating func pop() -> Element? { elements.popLast() }
  var count: Int { elements.count }
}

private func stack() {
  var numbers = Stack<Int>()
  for number in 1...3 { numbers.push(number) }
  print(numbers.pop() ?? 0, numbers.count)
  var words = Stack<String>()
  words.push("last")
  print(words.pop() ?? "", words.pop() ?? "empty")
}

private protocol Container {
  associatedtype Item: Comparable
  var items: [Item] { get }
}

extension Container {
  fileprivate var largest: Item? { items.max() }
}

private struct NumberBox: Container { let items: [Int] }
private struct Bag: Container { let items: [String] }

private func larger<First: Container, Second: Container>(
  _ first: First, _ second: Second
) -> First.Item? where First.Item == Second.Item {
  [first.largest, second.largest].compactMap { $0 }.max()
}

private func associatedTypes() {
  print(NumberBox(items: [3, 9, 4]).largest ?? 0, Bag(items: ["x", "z", "y"]).largest ?? "")
  print(larger(NumberBox(items: [1]), NumberBox(items: [2])) ?? 0)
}

private protocol Describable { var text: String { get } }
extension Int: Describable { fileprivate var text: String { "#\(self)" } }
extension Array: Describable where Element: Describable {
  fileprivate var text: String { "[" + map { $0.text }.joined(separator: ", ") + "]" }
}
extension Optional: Describable where Wrapped: Describable {
  fileprivate var text: String { self?.text ?? "nothing" }
}

private func conditionalConformance() {
  print([1, 2].text, [[3], []].text, Int?.none.text, [Int?.some(4), nil].text)
}

private func evens(below limit: Int) -> some Collection<Int> {
  (0..<limit).lazy.filter { $0.isMultiple(of: 2) }
}

private func opaqueTypes() {
  let numbers = evens(below: 10)
  print(numbers.count, numbers.reduce(0, +), numbers.first ?? -1)
}

private struct Collatz: Sequence, IteratorProtocol {
  var number: Int
  mutating func next() -> Int? {
    guard number != 1 else { return nil }
    number = number.isMultiple(of: 2) ? number / 2 : number * 3 + 1
    return number
  }
}

private func ownSequence() {
  print(Collatz(number: 27).reduce(0) { count, _ in count + 1 }, Collatz(number: 27).max() ?? 0)
  for number in Collatz(number: 6).prefix(3) { print(number, terminator: " ") }
  print(Collatz(number: 8).map { "\($0)" }.joined(separator: ">"))
}

private struct Ring<let capacity: Int> {
  private var values = InlineArray<capacity, Int>(repeating: 0)
  private var next = 0
  mutating func add(_ value: Int) {
    values[next % capacity] = value
    next += 1
  }
  var sum: Int { values.indices.reduce(0) { $0 + values[$1] } }
}

private func numbersAsArguments() {
  var ring = Ring<4>()
  for number in 1...10 { ring.add(number) }
  print(ring.sum, MemoryLayout<Ring<4>>.size)
}

private protocol Defaulted { static var standard: Self { get } }
extension Int: Defaulted { fileprivate static var standard: Int { 42 } }
extension String: Defaulted { fileprivate static var standard: String { "text" } }

private func make<Value: Defaulted>(_ type: Value.Type) -> Value { type.standard }

private func typesAsValues() {
  print(make(Int.self), make(String.self), MemoryLayout<Double>.alignment)
}
