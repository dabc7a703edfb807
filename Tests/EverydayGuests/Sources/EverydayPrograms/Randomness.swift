// SPDX-License-Identifier: Apache-2.0

extension ProgramGroup {
  /// Chance: what holds whatever comes.
  public static let randomness = ProgramGroup(
    "randomness",
    [
      Program("ranges hold", rangesHold),
      Program("shuffles lose nothing", shufflesLoseNothing),
      Program("all comes up", allComesUp),
      Program("a generator of one's own", ownGenerator),
    ])
}

private func rangesHold() {
  let numbers = (0..<1000).map { _ in Int.random(in: -5...5) }
  print(numbers.allSatisfy { (-5...5).contains($0) }, Set(numbers).count)
  let fractions = (0..<1000).map { _ in Double.random(in: 0..<1) }
  print(fractions.allSatisfy { (0..<1).contains($0) }, Set(fractions).count > 900)
  print(Set((0..<64).map { _ in Bool.random() }).count)
}

private func shufflesLoseNothing() {
  let ordered = Array(0..<100)
  let shuffled = ordered.shuffled()
  print(shuffled != ordered, shuffled.sorted() == ordered)
  var letters = Array("abc")
  letters.shuffle()
  print(String(letters.sorted()))
}

private func allComesUp() {
  let words = ["a", "b", "c"]
  print(Set((0..<200).compactMap { _ in words.randomElement() }).sorted().joined())
  print([Int]().randomElement() == nil)
  var generator = SystemRandomNumberGenerator()
  print(generator.next() != generator.next())
}

private struct Linear: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state
  }
}

private func ownGenerator() {
  var generator = Linear(state: 1)
  print((1...10).shuffled(using: &generator).map { "\($0)" }.joined(separator: " "))
  print(Int.random(in: 0..<1000, using: &generator), Double.random(in: 0..<1, using: &generator))
}
