// SPDX-License-Identifier: Apache-2.0

/// One measured number, with the goal it is held against.
struct Figure: Encodable {
  var name: String
  var value: Double
  var unit: String
  /// The most that it should be, if there is a goal.
  var goal: Double?
  /// How many runs the value is the median of; 1 for what is exact.
  var runs = 1

  /// A line of the table.
  var row: String {
    let number = value == value.rounded() ? "\(Int(value))" : "\((value * 100).rounded() / 100)"
    let shown = Self.pad("\(number) \(unit)", 18)
    let aim = goal.map { "goal ≤ \($0 == $0.rounded() ? "\(Int($0))" : "\($0)")" } ?? ""
    return Self.pad(name, 46) + shown + Self.pad(aim, 14)
      + (runs > 1 ? "median of \(runs)" : "exact")
  }

  private static func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
  }
}

extension [Double] {
  /// The middle value.
  ///
  /// - Precondition: there is a value.
  var median: Double {
    let ordered = sorted()
    let middle = ordered.count / 2
    return ordered.count % 2 == 1 ? ordered[middle] : (ordered[middle - 1] + ordered[middle]) / 2
  }
}

/// Seconds that a piece of work takes.
func seconds(_ work: () throws -> Void) rethrows -> Double {
  let clock = ContinuousClock()
  let time = try clock.measure(work)
  return Double(time.components.seconds) + Double(time.components.attoseconds) * 1e-18
}
