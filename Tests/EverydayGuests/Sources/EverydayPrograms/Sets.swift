// SPDX-License-Identifier: Apache-2.0

extension ProgramGroup {
  /// Sets, and types that behave like them.
  public static let sets = ProgramGroup(
    "sets",
    [
      Program("primes", primes),
      Program("set algebra", setAlgebra),
      Program("sets of text", setsOfText),
      Program("options", options),
      Program("unique in order", uniqueInOrder),
      Program("reachable places", reachablePlaces),
    ])
}

private func line(_ numbers: some Sequence<Int>) -> String {
  numbers.sorted().map { "\($0)" }.joined(separator: " ")
}

private func primes() {
  var candidates = Set(2...60)
  for factor in 2...8 {
    for multiple in stride(from: factor * factor, through: 60, by: factor) {
      candidates.remove(multiple)
    }
  }
  print(line(candidates))
}

private func setAlgebra() {
  let (odd, small): (Set<Int>, Set<Int>) = ([1, 3, 5, 7, 9], [1, 2, 3, 4])
  print(line(odd.union(small)))
  print(line(odd.intersection(small)))
  print(line(odd.subtracting(small)))
  print(line(odd.symmetricDifference(small)))
  print(odd.isDisjoint(with: [2, 4]), Set([1, 3]).isSubset(of: odd), odd.isSuperset(of: [9]))
}

private func setsOfText() {
  var seen: Set<String> = []
  for word in "the cat and the dog and the bird".split(separator: " ") {
    let result = seen.insert(String(word))
    if !result.inserted { print("again: \(result.memberAfterInsert)") }
  }
  print(seen.sorted().joined(separator: ","))
  print(Set("mississippi").sorted().map { String($0) }.joined())
}

private struct AccessRights: OptionSet {
  let rawValue: UInt8
  static let read = AccessRights(rawValue: 1)
  static let write = AccessRights(rawValue: 2)
  static let all: AccessRights = [.read, .write]
}

private func options() {
  var rights: AccessRights = [.read]
  print(rights.contains(.read), rights.contains(.write), rights.rawValue)
  rights.insert(.write)
  print(rights == .all, rights.subtracting(.read).rawValue, AccessRights().isEmpty)
}

private func uniqueInOrder() {
  var seen = Set<Int>()
  let numbers = [3, 1, 3, 2, 1, 5, 2].filter { seen.insert($0).inserted }
  print(numbers.map { "\($0)" }.joined(separator: " "))
}

private func reachablePlaces() {
  let roads = [1: [2, 3], 2: [4], 3: [4, 5], 4: [1], 6: [7]]
  var (reached, open): (Set<Int>, [Int]) = ([1], [1])
  while let place = open.popLast() {
    for next in roads[place] ?? [] where reached.insert(next).inserted { open.append(next) }
  }
  print(line(reached), reached.contains(6))
}
