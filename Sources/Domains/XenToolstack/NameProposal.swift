// SPDX-License-Identifier: Apache-2.0

/// What to say of a name that nothing has: the name that was probably meant, or all there are.
struct NameProposal {
  /// Names that people are shown at most.
  private static let limit = 8

  /// The fact, and what to type instead.
  let sentence: String

  /// Looks for what was meant.
  init(_ name: String, among names: [String]) {
    let start = "no domain is called \"\(name)\"; "
    let near = names.map { (name: $0, distance: Self.distance($0, name)) }
      .filter { $0.distance <= max(1, name.utf8.count / 3) }
      .min { $0.distance < $1.distance }
    if let near {
      sentence = start + "did you mean \"\(near.name)\"?"
    } else if names.isEmpty {
      sentence = start + "there is none but the control domain"
    } else {
      let rest = names.count - Self.limit
      sentence =
        start + "there are " + names.prefix(Self.limit).joined(separator: ", ")
        + (rest > 0 ? " and \(rest) more" : "")
    }
  }

  /// How many letters have to be changed, added or left out (the distance of Levenshtein).
  static func distance(_ first: String, _ second: String) -> Int {
    let second = Array(second.utf8)
    var row = Array(0...second.count)
    for (index, letter) in first.utf8.enumerated() {
      var diagonal = row[0]
      row[0] = index + 1
      for column in second.indices {
        let replaced = diagonal + (second[column] == letter ? 0 : 1)
        diagonal = row[column + 1]
        row[column + 1] = min(replaced, row[column] + 1, diagonal + 1)
      }
    }
    return row[second.count]
  }
}
