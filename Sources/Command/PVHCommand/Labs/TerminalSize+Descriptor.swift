// SPDX-License-Identifier: Apache-2.0

import Glibc
import Multiplexer

extension TerminalSize {
  /// The size of the terminal behind a descriptor, nil if it is none.
  init?(of descriptor: Int32) {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 else { return nil }
    self.init(columns: size.ws_col, rows: size.ws_row)
  }
}
