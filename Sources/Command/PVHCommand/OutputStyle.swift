// SPDX-License-Identifier: Apache-2.0

import Glibc
import HostSystem

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
  static var standardOutput: OutputStyle {
    guard isatty(STDOUT_FILENO) == 1 else { return OutputStyle() }
    var size = winsize()
    let isKnown = ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    let wantsColor = (ProcessEnvironment["NO_COLOR"] ?? "").isEmpty
    return OutputStyle(
      columns: isKnown ? Int(size.ws_col) : nil,
      isColored: wantsColor && ProcessEnvironment["TERM"] != "dumb")
  }

  /// The text in a colour, if there are colours.
  func colored(_ text: String, _ color: Color?) -> String {
    guard isColored, let color else { return text }
    return "\u{1b}[\(color.rawValue)m\(text)\u{1b}[0m"
  }
}
