// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// A number of seconds on the command line.
enum Seconds {
  /// Refuses what is no time to wait.
  static func check(_ seconds: Double) throws {
    guard seconds > 0, seconds <= 1e6 else {
      throw ValidationError(
        "--timeout \(seconds): give a number of seconds above 0, and at most 1000000")
    }
  }
}
