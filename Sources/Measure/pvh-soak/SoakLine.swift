// SPDX-License-Identifier: Apache-2.0

/// One line of the report: what was counted, and whether it is as it has to be.
struct SoakLine {
  var name: String
  var value: String
  /// Nil for what is only told.
  var isGood: Bool?

  init(_ name: String, _ value: String, isGood: Bool? = nil) {
    self.name = name
    self.value = value
    self.isGood = isGood
  }

  /// The line.
  var text: String {
    let padding = String(repeating: " ", count: max(1, 52 - name.count))
    let verdict = isGood.map { $0 ? "" : "   WRONG" } ?? ""
    return name + padding + value + verdict
  }
}
