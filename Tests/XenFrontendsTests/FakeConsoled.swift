// SPDX-License-Identifier: Apache-2.0

import XenABI
import XenFrontends

/// What xenconsoled does to the page.
extension FakeXen {
  /// What the guest has printed since the last look.
  func output(limit: Int = .max) -> [UInt8] {
    take(
      ConsolePageLayout.output, produced: ConsolePageLayout.outputProduced,
      consumed: ConsolePageLayout.outputConsumed, limit: limit)
  }

  /// Somebody types.
  func type(_ bytes: [UInt8]) {
    put(bytes, ConsolePageLayout.input, produced: ConsolePageLayout.inputProduced)
  }

  /// The guest's end of the page.
  func makeConsole() -> ConsoleFrontend<FakeXen> {
    ConsoleFrontend(page: page, port: port, calls: self)
  }
}

extension ConsoleFrontend {
  /// Prints text.
  mutating func print(_ text: String) {
    Array(text.utf8).withUnsafeBytes { write($0) }
  }
}
