// SPDX-License-Identifier: Apache-2.0

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
