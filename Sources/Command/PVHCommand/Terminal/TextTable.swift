// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSystem
import SystemPackage

/// Rows of text whose columns stand below each other.
struct TextTable {
  /// Characters that a column keeps however narrow the terminal is.
  private static let narrowest = 8

  private var rows: [[String]]
  private var colors: [[Int: OutputStyle.Color]] = [[:]]
  /// Columns of numbers, which are aligned to the right.
  private let numbers: Set<Int>

  init(_ titles: [String], numbers: Set<Int> = []) {
    rows = [titles]
    self.numbers = numbers
  }

  /// Adds a row, some of whose cells have a colour on a terminal.
  mutating func add(_ row: [String], colors: [Int: OutputStyle.Color] = [:]) {
    rows.append(row.map(\.printable))
    self.colors.append(colors)
  }

  /// The lines, each after two spaces; nothing without a row.
  var lines: [String] {
    lines(OutputStyle(), indent: "  ")
  }

  /// The lines; nothing without a row.
  ///
  /// Where the terminal is too narrow, the column `flexible` gives way.
  func lines(_ style: OutputStyle, indent: String = "", flexible: Int? = nil) -> [String] {
    guard rows.count > 1 else { return [] }
    let widths = widths(style, flexible)
    return zip(rows, colors).map { row, colors in
      let cells = row.indices.map { column in
        let cell = Self.shortened(row[column], widths[column])
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        let text = style.colored(cell, colors[column])
        return numbers.contains(column) ? padding + text : text + padding
      }
      let line = indent + cells.joined(separator: "  ")
      return String(line.reversed().drop { $0 == " " }.reversed())
    }
  }

  private func widths(_ style: OutputStyle, _ flexible: Int?) -> [Int] {
    var widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    guard let columns = style.columns, let flexible else { return widths }
    let excess = widths.reduce(2 * (widths.count - 1), +) - columns
    if excess > 0 {
      widths[flexible] = max(min(Self.narrowest, widths[flexible]), widths[flexible] - excess)
    }
    return widths
  }

  private static func shortened(_ text: String, _ width: Int) -> String {
    text.count <= width ? text : text.prefix(width - 1) + "…"
  }
}

/// What standard output can show: everything here is plain where it is no terminal.
struct OutputStyle {
  /// A colour's number in the terminal's own palette. Source: ECMA-48, SGR 30–37; 90 is xterm's.
  enum Color: Int {
    case red = 31
    case green = 32
    case yellow = 33
    case grey = 90
  }

  /// Columns of the terminal; nil where lines may be of any length.
  let columns: Int?
  private let isColored: Bool

  /// Plain text of any length, unless something else is said.
  init(columns: Int? = nil, isColored: Bool = false) {
    self.columns = columns
    self.isColored = isColored
  }

  /// Looks at standard output, and at what the user wants (https://no-color.org).
  static var standardOutput: OutputStyle { OutputStyle(of: .standardOutput) }

  /// The same of standard error.
  static var standardError: OutputStyle { OutputStyle(of: .standardError) }

  private init(of descriptor: FileDescriptor) {
    guard isatty(descriptor.rawValue) == 1 else {
      self.init()
      return
    }
    // A terminal may not know its size.
    let columns = TerminalSize(of: descriptor).map { Int($0.columns) } ?? 0
    let wantsColor = (ProcessEnvironment["NO_COLOR"] ?? "").isEmpty
    self.init(
      columns: columns > 0 ? columns : nil,
      isColored: wantsColor && ProcessEnvironment["TERM"] != "dumb")
  }

  /// The text in a colour, if there are colours.
  func colored(_ text: String, _ color: Color?) -> String {
    guard isColored, let color else { return text }
    return "\u{1b}[\(color.rawValue)m\(text)\u{1b}[0m"
  }
}
