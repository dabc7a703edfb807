// SPDX-License-Identifier: Apache-2.0

extension ProgramGroup {
  /// Arrays and what is done with them.
  public static let collections = ProgramGroup(
    "collections",
    [
      Program("sorting", sorting),
      Program("sorting people", sortingPeople),
      Program("map, filter, reduce", mapFilterReduce),
      Program("slices", slices),
      Program("inserting and removing", insertingAndRemoving),
      Program("searching", searching),
      Program("zip and enumerate", zipAndEnumerate),
      Program("lazy work", lazyWork),
      Program("inline arrays", inlineArrays),
      Program("spans", spans),
      Program("a matrix", matrix),
    ])
}

private func text(_ numbers: some Sequence<Int>) -> String {
  numbers.map { "\($0)" }.joined(separator: " ")
}

private func sorting() {
  var numbers = (0..<500).map { $0 * 7919 % 503 }
  numbers.sort()
  print(numbers == numbers.sorted(), numbers.first ?? -1, numbers.last ?? -1)
  numbers.sort(by: >)
  print(text(numbers.prefix(5)), text([3, 1, 2].sorted()))
  print(["b", "a", "C"].sorted { $0.lowercased() < $1.lowercased() }.joined())
}

private struct Person {
  var name: String
  var age: Int
}

private func sortingPeople() {
  let people = [("Kim", 40), ("Al", 30), ("Bo", 40), ("Cy", 30)].map {
    Person(name: $0.0, age: $0.1)
  }
  for person in people.sorted(by: { ($0.age, $0.name) < ($1.age, $1.name) }) {
    print(person.name, person.age)
  }
  print(people.max { $0.age < $1.age }?.name ?? "", people.min { $0.name < $1.name }?.name ?? "")
  print(people.map { $0.age }.reduce(0, +), people.allSatisfy { $0.age > 20 })
}

private func mapFilterReduce() {
  let numbers = Array(1...10)
  print(text(numbers.map { $0 * $0 }.filter { $0 % 2 == 1 }), numbers.reduce(1, *))
  print(text(["1", "x", "3"].compactMap { Int($0) }), text([[1], [2, 3]].flatMap { $0 }))
  print(numbers.reduce(into: "") { $0 += "\($1)" }, text([[4, 5], [6]].joined()))
  print(text(sequence(first: 1) { $0 < 100 ? $0 * 3 : nil }), numbers.count { $0 > 7 })
}

private func slices() {
  let numbers = Array(0..<10)
  print(text(numbers[2..<5]), text(numbers[...2]), text(numbers[7...]), numbers[2..<5].startIndex)
  print(
    text(numbers.prefix(2)), text(numbers.suffix(2)), text(numbers.dropFirst(8)),
    text(numbers.dropLast(8)))
  print(text(numbers.prefix { $0 < 3 }), text(numbers.drop { $0 < 7 }))
  for part in numbers.split(separator: 4) { print(text(part)) }
}

private func insertingAndRemoving() {
  var numbers = [1, 2, 3]
  numbers.append(contentsOf: [4, 5])
  numbers.insert(0, at: 0)
  numbers.insert(contentsOf: [9, 9], at: 3)
  print(text(numbers), numbers.remove(at: 3), numbers.removeLast(), numbers.popLast() ?? -1)
  numbers.replaceSubrange(1...2, with: [7])
  numbers.removeAll { $0 == 9 }
  numbers.swapAt(0, 1)
  numbers.reverse()
  print(text(numbers), numbers.isEmpty, numbers.capacity >= numbers.count)
  let middle = numbers.partition { $0 > 2 }
  print(middle, numbers.count)
}

private func searching() {
  let numbers = [5, 3, 8, 3]
  print(numbers.firstIndex(of: 3) ?? -1, numbers.lastIndex(of: 3) ?? -1, numbers.contains(8))
  print(numbers.first { $0 > 5 } ?? -1, numbers.firstIndex { $0 > 9 } == nil)
  print(
    numbers == [5, 3, 8, 3], numbers.elementsEqual([5, 3]),
    [1, 2].lexicographicallyPrecedes([1, 3]))
  print(numbers.min() ?? 0, numbers.max() ?? 0, numbers.starts(with: [5]))
}

private func zipAndEnumerate() {
  for (number, word) in zip(1..., ["one", "two", "three"]) { print(number, word) }
  for (offset, element) in ["a", "b"].enumerated() { print(offset, element) }
  for number in (1...3).reversed() { print(number, terminator: " ") }
  print(text(repeatElement(7, count: 3)))
}

private func lazyWork() {
  var calls = 0
  let squares = (1...1000).lazy.map { (number: Int) -> Int in
    calls += 1
    return number * number
  }
  print(squares.first { $0 > 50 } ?? 0, calls)
  print(text((1...).lazy.filter { $0 % 7 == 0 }.prefix(3)))
}

private func inlineArrays() {
  var sums: InlineArray<4, Int> = [1, 2, 3, 4]
  for place in sums.indices { sums[place] *= 10 }
  var total = 0
  for place in sums.indices { total += sums[place] }
  print(sums.count, sums[3], total, MemoryLayout<InlineArray<4, Int>>.size)
  let squares = InlineArray<5, Int> { $0 * $0 }
  print(squares[4])
}

private func total(_ span: Span<Int>) -> Int {
  var sum = 0
  for place in span.indices { sum += span[place] }
  return sum
}

private func spans() {
  var numbers = [1, 2, 3, 4, 5]
  print(total(numbers.span), total(numbers.span.extracting(1..<3)), numbers.span.isEmpty)
  var mutable = numbers.mutableSpan
  mutable[0] = 100
  print(numbers[0], [UInt8(1), 2].span.bytes.byteCount)
}

private func matrix() {
  var cells = [[Int]](repeating: [Int](repeating: 0, count: 3), count: 3)
  for row in 0..<3 { for column in 0..<3 { cells[row][column] = row * 3 + column } }
  var product = cells
  for row in 0..<3 {
    for column in 0..<3 {
      product[row][column] = (0..<3).reduce(0) { $0 + cells[row][$1] * cells[$1][column] }
    }
  }
  for row in product { print(text(row)) }
}
