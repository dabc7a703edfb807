// SPDX-License-Identifier: Apache-2.0

/// One measured number, with the goal it is held against.
struct Figure: Encodable {
  var name: String
  var value: Double
  var unit: String
  var goal: Goal?
  /// How many runs the value is the median of; 1 for what is exact.
  var runs = 1

  /// A line of the table.
  var row: String {
    let verdict = goal.map { "goal \($0.words)" + ($0.isMet(by: value) ? "" : ": MISSED") } ?? ""
    return Self.pad(name, 52) + Self.pad("\(Self.short(value)) \(unit)", 18)
      + Self.pad(verdict, 24) + (runs > 1 ? "median of \(runs)" : "exact")
  }

  /// A number without digits that say nothing.
  static func short(_ value: Double) -> String {
    value == value.rounded() ? "\(Int(value))" : "\((value * 100).rounded() / 100)"
  }

  private static func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
  }

  private enum Key: CodingKey { case name, value, unit, atMost, atLeast, runs }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(name, forKey: .name)
    try container.encode(value, forKey: .value)
    try container.encode(unit, forKey: .unit)
    try container.encode(runs, forKey: .runs)
    switch goal {
    case .atMost(let limit): try container.encode(limit, forKey: .atMost)
    case .atLeast(let limit): try container.encode(limit, forKey: .atLeast)
    case nil: break
    }
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

/// What a figure is held against.
enum Goal {
  case atMost(Double)
  case atLeast(Double)

  /// Whether a value reaches it.
  func isMet(by value: Double) -> Bool {
    switch self {
    case .atMost(let limit): value <= limit
    case .atLeast(let limit): value >= limit
    }
  }

  /// For the table.
  var words: String {
    switch self {
    case .atMost(let limit): "≤ \(Figure.short(limit))"
    case .atLeast(let limit): "≥ \(Figure.short(limit))"
    }
  }
}

/// Why there is no figure.
enum BenchError: Error {
  /// A guest that should have worked did not.
  case guestFailed(String)
  /// A program in dom0 that should have worked did not.
  case commandFailed(String)
  /// The trace does not contain what a boot must contain.
  case badTrace(String)
  /// A guest has no symbol whose name contains this.
  case noSymbol(String)
}
