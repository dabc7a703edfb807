// SPDX-License-Identifier: Apache-2.0

import Glibc

/// The terminal of standard input, with each key passed on as it is.
enum RawTerminal {
  /// Does something while the terminal is raw, and puts it back, whatever comes.
  static func with<Result>(_ body: () throws(Problem) -> Result) throws(Problem) -> Result {
    var before = termios()
    guard tcgetattr(STDIN_FILENO, &before) == 0 else { return try body() }
    var raw = before
    cfmakeraw(&raw)
    tcsetattr(STDIN_FILENO, TCSADRAIN, &raw)
    defer { tcsetattr(STDIN_FILENO, TCSADRAIN, &before) }
    return try body()
  }
}
