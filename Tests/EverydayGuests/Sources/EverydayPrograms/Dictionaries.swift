// SPDX-License-Identifier: Apache-2.0

extension ProgramGroup {
  /// Dictionaries of all kinds of keys.
  public static let dictionaries = ProgramGroup(
    "dictionaries",
    [
      Program("counting", counting),
      Program("words", wordsAndTheirLengths),
      Program("keys of one's own", keysOfOnesOwn),
      Program("grouping", grouping),
      Program("merging", merging),
      Program("removing", removing),
      Program("a cache of results", cacheOfResults),
      Program("a dictionary of dictionaries", nestedDictionaries),
      Program("thousands of entries", thousandsOfEntries),
      Program("hashing by hand", hashingByHand),
    ])
}

private func counting() {
  var counts: [Int: Int] = [:]
  for number in 0..<1000 { counts[number * number % 17, default: 0] += 1 }
  for key in counts.keys.sorted() { print("\(key): \(counts[key] ?? 0)") }
}

private func wordsAndTheirLengths() {
  let lengths = ["Swift": 5, "Xen": 3, "unikernel": 9, "": 0]
  print(lengths["Swift"] ?? -1, lengths["swift"] ?? -1, lengths[""] ?? -1, lengths.count)
  for (word, length) in lengths.sorted(by: { $0.key < $1.key }) { print("'\(word)' has \(length)") }
}

private struct Point: Hashable {
  var x: Int
  var y: Int
}

private enum Suit: Hashable, CaseIterable {
  case clubs
  case hearts
  case numbered(Int)

  static var allCases: [Suit] { [.clubs, .hearts, .numbered(1), .numbered(2)] }
}

private func keysOfOnesOwn() {
  var board: [Point: Character] = [:]
  for step in 0..<5 { board[Point(x: step, y: step * step % 3)] = "x" }
  for y in 0..<3 {
    var line = ""
    for x in 0..<5 { line.append(board[Point(x: x, y: y)] ?? ".") }
    print(line)
  }
  var suits: [Suit: Int] = [:]
  for (place, suit) in Suit.allCases.enumerated() { suits[suit] = place }
  print(suits[.hearts] ?? -1, suits[.numbered(2)] ?? -1, suits[.numbered(3)] ?? -1)
  let optional: [Int?: Bool] = [nil: true, 3: false]
  print(optional[nil] ?? false, optional[3] ?? true)
}

private func grouping() {
  let groups = Dictionary(grouping: 1...20) { $0 % 4 }
  for key in groups.keys.sorted() {
    print(key, (groups[key] ?? []).map { "\($0)" }.joined(separator: ","))
  }
  let byLength = Dictionary(grouping: ["a", "bb", "cc", "d", "eee"]) { $0.count }
  print(byLength[2]?.joined(separator: "+") ?? "none", byLength.count)
}

private func merging() {
  var stock = ["apple": 3, "pear": 1]
  for (fruit, count) in ["pear": 5, "plum": 2] { stock[fruit, default: 0] += count }
  let doubled = stock.mapValues { $0 * 2 }
  for key in doubled.keys.sorted() { print(key, doubled[key] ?? 0) }
  let inverted = Dictionary(uniqueKeysWithValues: stock.map { ($1, $0) })
  print(inverted[6] ?? "none", stock == ["plum": 2, "apple": 3, "pear": 6])
  print(stock.filter { $0.value > 2 }.keys.sorted().joined(separator: " "))
}

private func removing() {
  var numbers = Dictionary(uniqueKeysWithValues: (0..<50).map { ($0, "\($0)") })
  for number in stride(from: 0, to: 50, by: 2) { numbers[number] = nil }
  print(numbers.count, numbers.removeValue(forKey: 7) ?? "none", numbers[7] == nil)
  print(numbers.updateValue("eleven", forKey: 11) ?? "none", numbers[11] ?? "none")
  print(numbers.keys.reduce(0, +), numbers.contains { $0.value == "13" })
  numbers.removeAll(keepingCapacity: true)
  print(numbers.isEmpty, numbers.capacity >= 25)
}

private func cacheOfResults() {
  var known: [Int: UInt64] = [:]
  func fibonacci(_ number: Int) -> UInt64 {
    if number < 2 { return UInt64(number) }
    if let result = known[number] { return result }
    let result = fibonacci(number - 1) + fibonacci(number - 2)
    known[number] = result
    return result
  }
  print(fibonacci(90), known.count)
}

private func nestedDictionaries() {
  var people: [String: [String: Int]] = [:]
  people["ada", default: [:]]["born"] = 1815
  people["alan", default: [:]]["born"] = 1912
  people["alan"]?["died"] = 1954
  for name in people.keys.sorted() {
    for field in (people[name] ?? [:]).keys.sorted() {
      print(name, field, people[name]?[field] ?? 0)
    }
  }
}

private func thousandsOfEntries() {
  var table: [UInt32: UInt32] = [:]
  var state: UInt32 = 1
  for _ in 0..<20_000 {
    state = state &* 1_664_525 &+ 1_013_904_223
    table[state >> 12] = state
  }
  var sum: UInt64 = 0
  for (key, value) in table { sum &+= UInt64(key) ^ UInt64(value) }
  print(table.count, sum)
}

private func hashingByHand() {
  var one = Hasher()
  var two = Hasher()
  one.combine(1)
  one.combine("text")
  two.combine(1)
  two.combine("text")
  print(
    one.finalize() == two.finalize(), Point(x: 1, y: 2).hashValue == Point(x: 1, y: 2).hashValue)
  print("a".hashValue == "b".hashValue, Point(x: 1, y: 2) == Point(x: 2, y: 1))
}
