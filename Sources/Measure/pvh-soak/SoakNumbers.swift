// SPDX-License-Identifier: Apache-2.0

/// What the command line asks for: `--cycles 1000 --kills 200 --rounds 20 --seconds 2
/// --seed 1`.
struct SoakNumbers {
  var cycles = 1000
  var kills = 200
  var rounds = 20
  /// In which nothing of what was killed may be left.
  var seconds = 2
  var seed = UInt64.random(in: 1...999_999)

  /// Takes its options out of `words`; nil if one has no number.
  init?(taking words: inout [String]) {
    func take(_ option: String) -> UInt64?? {
      guard let place = words.firstIndex(of: option) else { return .some(nil) }
      guard place + 1 < words.count, let number = UInt64(words[place + 1]), number > 0 else {
        return nil
      }
      words.removeSubrange(place...(place + 1))
      return .some(number)
    }
    guard let cycles = take("--cycles"), let kills = take("--kills"),
      let rounds = take("--rounds"), let seconds = take("--seconds"), let seed = take("--seed")
    else { return nil }
    self.cycles = cycles.map { Int($0) } ?? self.cycles
    self.kills = kills.map { Int($0) } ?? self.kills
    self.rounds = rounds.map { Int($0) } ?? self.rounds
    self.seconds = seconds.map { Int($0) } ?? self.seconds
    self.seed = seed ?? self.seed
  }
}
