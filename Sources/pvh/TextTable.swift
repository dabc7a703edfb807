// SPDX-License-Identifier: Apache-2.0

/// Rows of text whose columns stand below each other.
struct TextTable {
  private var rows: [[String]]
  /// Columns of numbers, which are aligned to the right.
  private let numbers: Set<Int>

  init(_ titles: [String], numbers: Set<Int> = []) {
    rows = [titles]
    self.numbers = numbers
  }

  mutating func add(_ row: [String]) { rows.append(row) }

  /// The lines, each after two spaces; nothing without a row.
  var lines: [String] {
    guard rows.count > 1 else { return [] }
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      let cells = zip(row, widths).enumerated().map { column, cell in
        let padding = String(repeating: " ", count: cell.1 - cell.0.count)
        return numbers.contains(column) ? padding + cell.0 : cell.0 + padding
      }
      let line = "  " + cells.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed())
    }
  }
}
